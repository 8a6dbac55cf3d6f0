import type { KubeObject } from '../../api/object.ts';
import type { PodTemplateSpec } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { because, type Circumstances, type Describe, type Step } from '../step.ts';
import { conditionOf, wordsOf } from './conditions.ts';
import { edits, life } from './generic.ts';

/** What Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs have in common. */
interface Workload extends KubeObject {
  spec?: { replicas?: number; template?: PodTemplateSpec; suspend?: boolean; schedule?: string };
  status?: {
    replicas?: number;
    readyReplicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** Made, scaled, changed, rolled out, stuck, done. */
export const describeWorkload: Describe = (change, circumstances) => {
  const now = change.object as Workload;
  const before = change.previous as Workload | undefined;
  if (before === undefined || change.type === 'DELETED') {
    return life(change, circumstances).map((step) => (step.reason === 'Created' ? made(now, step, circumstances) : step));
  }
  return [
    ...life(change, circumstances),
    ...scaling(now, before, circumstances),
    ...template(now, before, circumstances),
    ...edits(change, ['spec.replicas', 'spec.template']).map((step) => because(step, circumstances.causes.ofOwner(now, orders))),
    ...progress(now, before, circumstances),
  ];
};

/** What an owner orders those below it by. */
const orders = ['Created', 'Scaled', 'Changed'];

function made(now: Workload, step: Step, { causes }: Circumstances): Step {
  const { replicas, schedule } = now.spec ?? {};
  const size = replicas === undefined ? schedule : replicas === 1 ? '1 replica' : `${replicas} replicas`;
  const of = [size, imagesOf(now).join(', ')].filter((part) => part !== undefined && part !== '').join(' of ');
  const order = causes.ofOwner(now, orders);
  const owner = controllerOf(now);
  // What a CronJob was told lies long back; that its time has come is not written anywhere but in what it makes.
  const cause = owner?.kind === 'CronJob' ? { ...order, text: `CronJob ${owner.name} came due` } : order;
  return because({ ...step, what: of === '' ? 'created' : `created: ${of}` }, cause);
}

function scaling(now: Workload, before: Workload, { causes }: Circumstances): Step[] {
  const [from, to] = [before.spec?.replicas, now.spec?.replicas];
  if (from === to || from === undefined || to === undefined) return [];
  return [because({ kind: 'write', reason: 'Scaled', what: `scaled ${from} → ${to}` }, causes.ofOwner(now, orders))];
}

const imagesOf = ({ spec }: Workload): string[] => (spec?.template?.spec?.containers ?? []).map(({ image = '' }) => image);

function template(now: Workload, before: Workload, { causes }: Circumstances): Step[] {
  const withTemplate = ({ spec }: Workload): KubeObject => ({ metadata: {}, spec: { template: spec?.template } }) as KubeObject;
  const [edit] = edits({ type: 'MODIFIED', key: '', revision: 0, object: withTemplate(now), previous: withTemplate(before) });
  if (edit === undefined) return [];
  const [from, to] = [imagesOf(before).join(', '), imagesOf(now).join(', ')];
  return [because(from === to ? edit : { ...edit, what: `changed: image ${from} → ${to}` }, causes.ofOwner(now, orders))];
}

const risen = ['Ready', 'Succeeded', 'Deleted'];
const fallen = ['NotReady', 'Evicted', 'Deleting', 'Failed', 'Exited', 'Deleted'];

/** Conditions that say how it goes. Deployments have the first two, Jobs the others. */
function progress(now: Workload, before: Workload, { causes }: Circumstances): Step[] {
  const turned = (type: string) => {
    const condition = conditionOf(now, type);
    const then = conditionOf(before, type);
    return condition !== undefined && (condition.status !== then?.status || condition.reason !== then.reason) ? condition : undefined;
  };
  const steps: Step[] = [];
  const say = (reason: string, what: string, reasons: readonly string[]): void => {
    steps.push(because({ kind: 'event', reason, what }, causes.below(now, reasons)));
  };
  const available = turned('Available');
  const count = `${now.status?.readyReplicas ?? 0} of ${now.spec?.replicas ?? 0} ready`;
  if (available?.status === 'True') say('Available', `available (${count})`, risen);
  // It is not available from the start; only that it ceases to be is news.
  else if (available !== undefined && conditionOf(before, 'Available', 'True') !== undefined)
    say('Unavailable', `not available (${count})`, fallen);
  const progressing = turned('Progressing');
  if (progressing?.reason === 'NewReplicaSetAvailable') say('RolledOut', 'rolled out', risen);
  if (progressing?.reason === 'ProgressDeadlineExceeded')
    say('Stuck', `does not progress: ${progressing.message ?? ''}`, ['Waiting', 'Unschedulable', 'Unhealthy']);
  if (turned('Complete')?.status === 'True') say('Complete', 'completed', risen);
  const failed = turned('Failed');
  if (failed?.status === 'True') say('Failed', `failed: ${wordsOf(failed)}`, fallen);
  return steps;
}
