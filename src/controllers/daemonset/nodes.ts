import { compileRequiredNodeAffinity } from '../../api/node-affinity.ts';
import { untoleratedTaint } from '../../api/toleration.ts';
import type { DaemonSet } from '../../api/types/apps-v1.ts';
import type { Node, Pod, PodSpec, PodTemplateSpec, Toleration } from '../../api/types/core-v1.ts';
import { nameOf } from '../lib/objects.ts';

const exists = (name: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect });

/** What every daemon pod tolerates, so that it starts before its node is ready and survives its troubles. */
export const daemonTolerations = (spec: PodSpec | undefined): Toleration[] => [
  exists('not-ready', 'NoExecute'),
  exists('unreachable', 'NoExecute'),
  exists('disk-pressure', 'NoSchedule'),
  exists('memory-pressure', 'NoSchedule'),
  exists('pid-pressure', 'NoSchedule'),
  exists('unschedulable', 'NoSchedule'),
  ...(spec?.hostNetwork === true ? [exists('network-unavailable', 'NoSchedule')] : []),
];

const sameToleration = (a: Toleration, b: Toleration): boolean =>
  a.key === b.key && a.effect === b.effect && (a.operator ?? 'Equal') === (b.operator ?? 'Equal') && (a.value ?? '') === (b.value ?? '');

export function withDaemonTolerations(spec: PodSpec | undefined): Toleration[] {
  const own = spec?.tolerations ?? [];
  return [...own, ...daemonTolerations(spec).filter((added) => !own.some((one) => sameToleration(one, added)))];
}

/** The template as a pod of `node` has it: bound by affinity on the node's name, so that the scheduler places it. */
export function templateFor(template: PodTemplateSpec, node: string): PodTemplateSpec {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  const affinity = {
    ...template.spec?.affinity,
    nodeAffinity: {
      ...template.spec?.affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  };
  const spec: PodSpec = {
    ...template.spec,
    containers: template.spec?.containers ?? [],
    affinity,
    tolerations: withDaemonTolerations(template.spec),
  };
  return { ...template, spec };
}

/** The node that a daemon pod is on or meant for. */
export function targetNode(pod: Pod): string | undefined {
  if ((pod.spec?.nodeName ?? '') !== '') return pod.spec?.nodeName;
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap(({ matchFields = [] }) => matchFields).find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
    ?.values?.[0];
}

/** Whether a node is to get a daemon pod, and whether one that is there may stay (upstream's `NodeShouldRunDaemonPod`). */
export function nodeShouldRun(daemonSet: DaemonSet, node: Node): { run: boolean; keep: boolean } {
  const spec = daemonSet.spec?.template.spec;
  const named = spec?.nodeName === undefined || spec.nodeName === '' || spec.nodeName === nameOf(node);
  if (!named || compileRequiredNodeAffinity(spec)?.(node) === false) return { run: false, keep: false };
  const tolerations = withDaemonTolerations(spec);
  if (untoleratedTaint(node.spec?.taints, tolerations, ['NoExecute', 'NoSchedule']) === undefined) return { run: true, keep: true };
  return { run: false, keep: untoleratedTaint(node.spec?.taints, tolerations, ['NoExecute']) === undefined };
}
