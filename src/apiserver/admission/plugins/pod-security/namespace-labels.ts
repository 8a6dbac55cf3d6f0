import { semanticEqual } from '../../../../api/deep-equal.ts';
import { kinds } from '../../../../api/scheme.ts';
import type { Pod } from '../../../../api/types/core-v1.ts';
import { toInvalid } from '../../../../api/validation/field-error.ts';
import type { AdmissionAttributes, AdmissionContext } from '../../plugin.ts';
import { levels, violations } from './checks.ts';
import { labelErrors, type Policy, policiesOf } from './policy.ts';

/** Pods that are looked at when a namespace becomes stricter (upstream: namespaceMaxPodsToCheck). */
const mostPods = 3000;

/** A namespace's labels must name levels and versions; one that becomes stricter is told which of its pods would not be let in. */
export async function checkNamespace(attributes: AdmissionAttributes, context: AdmissionContext): Promise<void> {
  const { object, oldObject, name } = attributes;
  const labels = object?.metadata.labels ?? {};
  const errors = labelErrors(labels);
  const before = oldObject?.metadata.labels ?? {};
  const same = oldObject !== undefined && semanticEqual(errors, labelErrors(before));
  if (errors.length > 0 && !same) throw toInvalid(kinds.Namespace, name, errors);
  if (oldObject === undefined) return;
  const { enforce } = policiesOf(labels);
  if (!isStricter(enforce, policiesOf(before).enforce)) return;
  const pods = await context.list(kinds.Pod, name);
  for (const text of podWarnings(name, enforce, pods)) attributes.warn?.(text);
}

const isStricter = (now: Policy, before: Policy): boolean => {
  if (now.level === 'privileged' || now.name === before.name) return false;
  return now.version !== before.version || levels.indexOf(now.level) > levels.indexOf(before.level);
};

/** Pods that break the same rules share a line, under the name that comes first. */
function podWarnings(namespace: string, enforce: Policy, pods: readonly Pod[]): string[] {
  const checked = pods.slice(0, mostPods);
  const byReason = new Map<string, string[]>();
  for (const pod of checked) {
    const broken = violations(enforce.level, pod, enforce.version).map((text) => text.replace(/ \(.*$/s, ''));
    if (broken.length === 0) continue;
    const reason = broken.join(', ');
    byReason.set(reason, [...(byReason.get(reason) ?? []), pod.metadata.name ?? '']);
  }
  const lines = [...byReason].map(([reason, names]) => {
    const [first = ''] = names.sort();
    const others = names.length - 1;
    return `${first}${others === 0 ? '' : ` (and ${others} other ${others === 1 ? 'pod' : 'pods'})`}: ${reason}`;
  });
  const text = JSON.stringify(namespace);
  return [
    ...(checked.length < pods.length
      ? [`new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`]
      : []),
    ...(lines.length === 0 ? [] : [`existing pods in namespace ${text} violate the new PodSecurity enforce level "${enforce.name}"`]),
    ...lines.sort(),
  ];
}
