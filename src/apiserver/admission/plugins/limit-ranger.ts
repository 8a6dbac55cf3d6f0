import { kinds } from '../../../api/scheme.ts';
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from '../../../api/types/core-v1.ts';
import { type AdmissionPlugin, admissionForbidden, aggregate, createdPod, isFor } from '../plugin.ts';
import { claimProblems, podProblems } from './limit-ranger-checks.ts';

const annotation = 'kubernetes.io/limit-ranger';

/** Gives containers the namespace's default requests and limits, and holds pods and claims to its bounds. */
export const limitRanger: AdmissionPlugin = {
  name: 'LimitRanger',
  async mutate(attributes, context) {
    const pod = createdPod(attributes);
    if (pod === undefined) return;
    for (const range of await context.list(kinds.LimitRange, attributes.namespace)) setDefaults(pod, range);
  },
  async validate(attributes, context) {
    const { operation, object, namespace } = attributes;
    const resize = operation === 'UPDATE' && isFor(attributes, kinds.Pod, 'resize');
    const pod = createdPod(attributes) ?? (resize ? (object as Pod) : undefined);
    const claims = isFor(attributes, kinds.PersistentVolumeClaim) && (operation === 'CREATE' || operation === 'UPDATE');
    if (pod === undefined && !claims) return;
    for (const range of await context.list(kinds.LimitRange, namespace)) {
      const limits = range.spec?.limits ?? [];
      const problems = pod === undefined ? claimProblems(limits, object as PersistentVolumeClaim) : podProblems(limits, pod);
      if (problems.length > 0) throw admissionForbidden(attributes, aggregate(problems));
    }
  },
};

/** Of several items for containers, the last one that names a resource counts. */
function defaultsFrom(limits: readonly LimitRangeItem[], side: 'default' | 'defaultRequest'): Record<string, string> {
  return Object.assign({}, ...limits.filter(({ type }) => type === 'Container').map((item) => item[side]));
}

function setDefaults(pod: Pod, { spec }: LimitRange): void {
  const limits = defaultsFrom(spec?.limits ?? [], 'default');
  const requests = defaultsFrom(spec?.limits ?? [], 'defaultRequest');
  const notes: string[] = [];
  const apply = (container: Container, what: string): void => {
    for (const [side, defaults] of [
      ['requests', requests],
      ['limits', limits],
    ] as const) {
      const own = container.resources?.[side];
      const missing = Object.keys(defaults).filter((name) => own?.[name] === undefined);
      if (missing.length === 0) continue;
      container.resources = {
        ...container.resources,
        [side]: { ...own, ...Object.fromEntries(missing.map((name) => [name, defaults[name] ?? ''])) },
      };
      notes.push(`${missing.sort().join(', ')} ${side.slice(0, -1)} for ${what} ${container.name}`);
    }
  };
  for (const container of pod.spec?.containers ?? []) apply(container, 'container');
  for (const container of pod.spec?.initContainers ?? []) apply(container, 'init container');
  if (notes.length === 0) return;
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${notes.join('; ')}` };
}
