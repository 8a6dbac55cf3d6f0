import { isDeepStrictEqual } from 'node:util';
import { keyOf } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import type { ControllerSpec, ReconcileResult } from '../client/controller.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createRecorder } from '../client/recorder.ts';
import { type Clock, timestamp } from '../util/clock.ts';
import { parseDuration } from '../util/duration.ts';
import { actionOf, targetText } from './actions.ts';
import {
  controlPlaneTarget,
  expiryOf,
  type Fault,
  type FaultStatus,
  faultKind,
  isDeleting,
  isFinished,
  nameOf,
  type TargetStatus,
  undoFinalizer,
} from './fault.ts';
import { conditionsOf, isOver, phaseOf } from './phase.ts';
import { resolveTargets, type World } from './targets.ts';

/** Executors undo at the deadline by themselves; one that does not report it so long afterwards counts as having done it. */
const silenceMs = 60_000;
/** How long a finished fault is kept for people to look at. */
const keptMs = 3_600_000;

/**
 * Gives each Fault its targets and its deadline, sums up what executors report, follows the addresses that traffic faults are
 * about, and lets a Fault go when it is undone. It executes nothing itself.
 */
export function faultController(deps: { client: Client; informers: InformerFactory; clock: Clock }): ControllerSpec {
  const { client, informers, clock } = deps;
  const faults = informers.informer(faultKind);
  const nodes = informers.informer(kinds.Node);
  const pods = informers.informer(kinds.Pod);
  const services = informers.informer(kinds.Service);
  const slices = informers.informer(kinds.EndpointSlice);
  const recorder = createRecorder({ client, clock, component: 'fault-controller' });
  const world: World = {
    get nodes() {
      return nodes.list();
    },
    pods: (namespace) => pods.list(namespace),
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    slices: (namespace) => slices.list(namespace),
  };

  async function begin(fault: Fault): Promise<void> {
    const name = nameOf(fault);
    if (fault.metadata.finalizers?.includes(undoFinalizer) !== true) {
      const finalizers = [...(fault.metadata.finalizers ?? []), undoFinalizer];
      await client.patch(faultKind, name, undefined, {
        metadata: { finalizers, resourceVersion: fault.metadata.resourceVersion },
      });
    }
    const now = timestamp(clock);
    const action = actionOf(fault.spec);
    const found = action === undefined ? { problem: 'the spec names no known action' } : resolveTargets(fault.spec, world);
    const status: FaultStatus = { startedAt: now, ...(action === undefined ? {} : { action }) };
    if ('problem' in found) {
      const failure = { type: 'Injected', status: 'False', reason: 'NoTarget', message: found.problem, lastTransitionTime: now };
      recorder.event(fault, 'Warning', 'NoTarget', found.problem);
      const over = { ...status, phase: 'Failed', finishedAt: now, target: targetText(fault.spec, []), conditions: [failure] };
      await client.patch(faultKind, name, undefined, { status: over }, { subresource: 'status' });
      return;
    }
    const targets = Object.fromEntries([...found.targets].map(([target, more]) => [target, { state: 'Pending', ...more }]));
    const expiresAt = new Date(clock.now() + (parseDuration(fault.spec.duration) ?? 0)).toISOString();
    const begun = { ...status, phase: 'Pending', expiresAt, target: targetText(fault.spec, [...found.targets.keys()]), targets };
    await client.patch(faultKind, name, undefined, { status: begun }, { subresource: 'status' });
  }

  /** What must be written of the targets: those whose node is gone, or whose executor is silent after the end, are over. */
  function corrections(fault: Fault, ending: boolean): Record<string, Partial<TargetStatus>> {
    const lost = clock.now() >= expiryOf(fault) + silenceMs;
    const written: Record<string, Partial<TargetStatus>> = {};
    for (const [name, { state }] of Object.entries(fault.status?.targets ?? {})) {
      if (state !== 'Pending' && state !== 'Injected') continue;
      const gone = name !== controlPlaneTarget && nodes.get(name) === undefined;
      if (gone) written[name] = { state: 'Undone', message: 'the node is gone' };
      else if (ending && lost) written[name] = { state: 'Undone', message: 'its deadline has passed, and its executor does not answer' };
    }
    return written;
  }

  /** Pods come and go; what was found at the start is brought up to date while it lasts. */
  function moved(fault: Fault): Record<string, Partial<TargetStatus>> {
    if (fault.spec.network === undefined) return {};
    const found = resolveTargets(fault.spec, world);
    if ('problem' in found) return {};
    const written: Record<string, Partial<TargetStatus>> = {};
    for (const [name, { traffic }] of found.targets) {
      const known = fault.status?.targets?.[name];
      if (known === undefined) written[name] = { state: 'Pending', ...(traffic === undefined ? {} : { traffic }) };
      else if (traffic !== undefined && !isDeepStrictEqual(known.traffic, traffic)) written[name] = { traffic };
    }
    return written;
  }

  async function summarize(fault: Fault): Promise<ReconcileResult | undefined> {
    const expiry = expiryOf(fault);
    const ending = isDeleting(fault) || clock.now() >= expiry;
    const written = { ...(ending ? {} : moved(fault)), ...corrections(fault, ending) };
    const targets: Record<string, TargetStatus> = { ...fault.status?.targets };
    for (const [name, change] of Object.entries(written)) targets[name] = { state: 'Pending', ...targets[name], ...change };
    const phase = phaseOf(Object.values(targets), ending);
    const before = fault.status?.conditions ?? [];
    const named = Object.entries(targets).map(([name, target]) => ({ name, ...target }));
    const conditions = conditionsOf(named, phase, before, timestamp(clock));
    const change = {
      ...(phase === fault.status?.phase ? {} : { phase }),
      ...(isDeepStrictEqual(conditions, before) ? {} : { conditions }),
      ...(Object.keys(written).length === 0 ? {} : { targets: written }),
      ...(isOver(phase) ? { finishedAt: timestamp(clock) } : {}),
    };
    if (Object.keys(change).length > 0) {
      await client.patch(faultKind, nameOf(fault), undefined, { status: change }, { subresource: 'status' });
      if (phase !== fault.status?.phase) tell(fault, phase, conditions.find(({ type }) => type === 'Injected')?.message ?? '');
      return undefined;
    }
    return { requeueAfterMs: Math.max(1, (ending ? expiry + silenceMs : expiry) - clock.now()) };
  }

  function tell(fault: Fault, phase: string, why: string): void {
    const what = `${fault.status?.action ?? 'fault'} on ${fault.status?.target ?? 'nothing'}`;
    if (phase === 'Active') recorder.event(fault, 'Warning', 'FaultInjected', `${what} until ${fault.status?.expiresAt}`);
    else if (phase === 'Undone') recorder.event(fault, 'Normal', 'FaultUndone', what);
    else if (phase === 'Unsupported' || phase === 'Failed') recorder.event(fault, 'Warning', `Fault${phase}`, `${what}: ${why}`);
  }

  return {
    name: 'fault-controller',
    watch(enqueue) {
      faults.on({ add: (fault) => enqueue(keyOf(fault)), update: (fault) => enqueue(keyOf(fault)) });
      const follow = (): void => {
        for (const fault of faults.list()) if (fault.spec.network !== undefined && !isFinished(fault)) enqueue(keyOf(fault));
      };
      pods.on({
        update: (pod, previous) => {
          if (pod.status?.podIP !== previous.status?.podIP || pod.status?.phase !== previous.status?.phase) follow();
        },
        delete: follow,
      });
      nodes.on({ delete: () => faults.list().forEach((fault) => void enqueue(keyOf(fault))) });
      slices.on({ add: follow, update: follow, delete: follow });
    },
    async reconcile(key) {
      const fault = faults.get(key);
      if (fault === undefined) return undefined;
      const never = fault.status?.startedAt === undefined;
      if (isFinished(fault) || (never && isDeleting(fault))) {
        if (fault.metadata.finalizers?.includes(undoFinalizer) === true) {
          const finalizers = fault.metadata.finalizers.filter((one) => one !== undoFinalizer);
          const { resourceVersion } = fault.metadata;
          await client.patch(faultKind, key, undefined, { metadata: { finalizers, resourceVersion } }).catch(unlessGone);
          return undefined;
        }
        if (isDeleting(fault)) return undefined;
        const left = Date.parse(fault.status?.finishedAt ?? '') + keptMs - clock.now();
        if (left > 0) return { requeueAfterMs: left };
        await client.delete(faultKind, key).catch(unlessGone);
        return undefined;
      }
      if (never) await begin(fault);
      else return summarize(fault);
      return undefined;
    },
  };
}

function unlessGone(thrown: unknown): void {
  if (!isNotFound(thrown)) throw thrown;
}
