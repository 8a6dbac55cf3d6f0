import { kinds } from '../../../api/scheme.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import type { PriorityClass } from '../../../api/types/scheduling-v1.ts';
import { type AdmissionAttributes, type AdmissionContext, type AdmissionPlugin, admissionForbidden, isFor } from '../plugin.ts';

/** Turns `priorityClassName` into the number and policy that the scheduler works with. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  async mutate(attributes, context) {
    if (!isFor(attributes, kinds.Pod)) return;
    if (attributes.operation === 'CREATE') await setPriority(attributes, context);
    if (attributes.operation === 'UPDATE') keepPriority(attributes.object as Pod, attributes.oldObject as Pod);
  },
  async validate(attributes, context) {
    if (!isFor(attributes, kinds.PriorityClass) || attributes.operation === 'DELETE') return;
    const { globalDefault, metadata } = attributes.object as PriorityClass;
    if (globalDefault !== true) return;
    const other = (await context.list(kinds.PriorityClass)).find((one) => one.globalDefault === true);
    if (other !== undefined && other.metadata.name !== metadata.name) {
      throw admissionForbidden(attributes, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
    }
  },
};

/** An update by an old client may leave out what admission had set. */
function keepPriority(pod: Pod, old: Pod): void {
  if (pod.spec === undefined) return;
  if (pod.spec.priority === undefined && old.spec?.priority !== undefined) pod.spec.priority = old.spec.priority;
  if (pod.spec.preemptionPolicy === undefined && old.spec?.preemptionPolicy !== undefined) {
    pod.spec.preemptionPolicy = old.spec.preemptionPolicy;
  }
}

async function setPriority(attributes: AdmissionAttributes, context: AdmissionContext): Promise<void> {
  const { spec } = attributes.object as Pod;
  if (spec === undefined) return;
  const named = spec.priorityClassName ?? '';
  let chosen: PriorityClass | undefined;
  if (named === '') {
    chosen = await defaultClass(context);
    if (chosen !== undefined) spec.priorityClassName = chosen.metadata.name ?? '';
  } else {
    chosen = await context.get(kinds.PriorityClass, named);
    if (chosen === undefined) throw admissionForbidden(attributes, `no PriorityClass with name ${named} was found`);
  }
  const value = chosen?.value ?? 0;
  const policy = chosen?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.priority !== undefined && spec.priority !== value) {
    throw admissionForbidden(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    throw admissionForbidden(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** Of several defaults, the one with the lowest value. */
async function defaultClass(context: AdmissionContext): Promise<PriorityClass | undefined> {
  const defaults = (await context.list(kinds.PriorityClass)).filter(({ globalDefault }) => globalDefault === true);
  return defaults.reduce<PriorityClass | undefined>(
    (least, one) => (least === undefined || (one.value ?? 0) < (least.value ?? 0) ? one : least),
    undefined,
  );
}
