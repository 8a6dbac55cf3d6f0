import { semanticEqual } from '../../api/deep-equal.ts';
import { selectorFrom } from '../../api/labels.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { ControllerRevision, StatefulSet } from '../../api/types/apps-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { ReconcileResult } from '../../client/controller.ts';
import { modifyObject, modifyStatus } from '../../client/retry.ts';
import { messageOf } from '../../util/errors.ts';
import type { StartController } from '../context.ts';
import { allSettled } from '../lib/batch.ts';
import { claimObjects } from '../lib/claim.ts';
import { candidatesOf, indexByController, podInformer } from '../lib/indexes.ts';
import { hasSpec, isDeleting, nameOf, namespaceOf, uidOf, type WithSpec } from '../lib/objects.ts';
import { createOwnWrites } from '../lib/own-writes.ts';
import { isNamespaceTerminating } from '../lib/pod-control.ts';
import { nextAvailableIn, phaseOf } from '../lib/pods.ts';
import { byRevision, ensureRevision, pruneRevisions, templateOf } from '../lib/revisions.ts';
import { watchOwned } from '../lib/watch-owned.ts';
import { createClaimKeeper } from './claims.ts';
import { ordinalOf, podFor, revisionNameOf, setIdentity } from './identity.ts';
import { planSteps, type SetSnapshot, type Step } from './plan.ts';
import { setStatus } from './status.ts';

const hashLabel = 'controller.kubernetes.io/hash';
const claimPollMs = 1000;

interface Revisions {
  all: ControllerRevision[];
  current: ControllerRevision;
  update: ControllerRevision;
}

/** Keeps pods with lasting names, volumes and order. */
export const statefulSetController: StartController = ({ client, clock, informers, recorder: recorderFor }) => {
  const sets = informers.informer(kinds.StatefulSet);
  const revisionInformer = indexByController(informers.informer(kinds.ControllerRevision));
  const pods = podInformer(informers);
  const recorder = recorderFor('statefulset-controller');
  const claimKeeper = createClaimKeeper(client, clock, recorder, informers.informer(kinds.PersistentVolumeClaim));
  const writes = createOwnWrites<Pod>(clock);
  /** Sets with a pod that waits for the claims of its predecessor to be gone. */
  const awaitingClaims = new Set<string>();

  async function createPod(key: string, set: WithSpec<StatefulSet>, revision: ControllerRevision, ordinal: number): Promise<void> {
    const pod = podFor(set, templateOf(revision), nameOf(revision), ordinal);
    if (claimKeeper.isStale(set, pod)) {
      awaitingClaims.add(key);
      return;
    }
    await claimKeeper.ensure(set, pod);
    try {
      writes.wrote(key, await client.create(kinds.Pod, pod));
      recorder.event(set, 'Normal', 'SuccessfulCreate', `create Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      const message = `create Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} failed error: ${messageOf(error)}`;
      recorder.event(set, 'Warning', 'FailedCreate', message);
      throw error;
    }
  }

  async function deletePod(set: StatefulSet, pod: Pod): Promise<void> {
    try {
      await client.delete(kinds.Pod, nameOf(pod), namespaceOf(pod), { preconditions: { uid: uidOf(pod) } });
      recorder.event(set, 'Normal', 'SuccessfulDelete', `delete Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} successful`);
    } catch (error) {
      if (isNotFound(error)) return;
      const message = `delete Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} failed error: ${messageOf(error)}`;
      recorder.event(set, 'Warning', 'FailedDelete', message);
      throw error;
    }
  }

  async function take(key: string, set: WithSpec<StatefulSet>, revisions: Revisions, step: Step): Promise<void> {
    if (step.do === 'create') return createPod(key, set, revisions[step.revision], step.ordinal);
    const { pod } = step;
    if (step.do === 'tend') {
      if (phaseOf(pod) === 'Pending') await claimKeeper.ensure(set, pod);
      await claimKeeper.own(set, pod, false);
      if (setIdentity(set, structuredClone(pod))) await modifyObject({ client, clock }, kinds.Pod, pod, (copy) => setIdentity(set, copy));
      return;
    } else if (step.do === 'condemn') await claimKeeper.own(set, pod, true);
    await deletePod(set, pod);
  }

  /** The revisions being left and rolled to; `collision` asks for another collision count. */
  async function findRevisions(set: WithSpec<StatefulSet>): Promise<Revisions | 'collision'> {
    const selector = selectorFrom(set.spec.selector);
    const matches = (one: ControllerRevision): boolean => selector.matches(one.metadata.labels ?? {});
    const claim = { client, owner: set, ownerKind: kinds.StatefulSet, childKind: kinds.ControllerRevision, matches };
    const all = (await claimObjects<ControllerRevision>(claim, candidatesOf(revisionInformer, set))).sort(byRevision);
    const collisionCount = set.status?.collisionCount ?? 0;
    const update = await ensureRevision(
      { client, owner: set, kind: kinds.StatefulSet, template: set.spec.template, hashLabel, collisionCount },
      all,
    );
    if (update === 'collision') return update;
    return { all, update, current: all.find((one) => nameOf(one) === set.status?.currentRevision) ?? update };
  }

  async function sync(key: string, set: WithSpec<StatefulSet>): Promise<ReconcileResult | undefined> {
    if (writes.stale(key, pods)) return { requeueAfterMs: 1000 };
    const selector = selectorFrom(set.spec.selector);
    const matches = (pod: Pod): boolean => selector.matches(pod.metadata.labels ?? {}) && ordinalOf(set, pod) >= 0;
    const claimed = await claimObjects<Pod>(
      { client, owner: set, ownerKind: kinds.StatefulSet, childKind: kinds.Pod, matches },
      candidatesOf(pods, set),
    );
    const revisions = await findRevisions(set);
    if (revisions === 'collision') {
      await modifyStatus({ client, clock }, kinds.StatefulSet, set as StatefulSet, (copy) => {
        copy.status = { ...(copy.status ?? { replicas: 0 }), collisionCount: (copy.status?.collisionCount ?? 0) + 1 };
      });
      return undefined;
    }
    const { current, update, all } = revisions;
    const snapshot: SetSnapshot = {
      set,
      pods: claimed,
      currentRevision: nameOf(current),
      updateRevision: nameOf(update),
      now: clock.now(),
    };
    let failure: unknown;
    if (!isDeleting(set)) {
      const steps = planSteps(snapshot);
      const parallel = set.spec.podManagementPolicy === 'Parallel';
      try {
        if (parallel) await allSettled(steps.map((step) => take(key, set, revisions, step)));
        else for (const step of steps) await take(key, set, revisions, step);
      } catch (error) {
        failure = error;
      }
    }
    const status = setStatus(snapshot, set.status?.collisionCount ?? 0);
    if (!semanticEqual(status, set.status)) {
      await modifyStatus({ client, clock }, kinds.StatefulSet, set as StatefulSet, (copy) => {
        copy.status = status;
      });
    }
    if (failure !== undefined) throw failure;
    const used = new Set([nameOf(current), nameOf(update), ...claimed.map(revisionNameOf)]);
    if (!isDeleting(set)) await pruneRevisions(client, all, (revision) => used.has(nameOf(revision)), set.spec.revisionHistoryLimit ?? 10);
    const wait = awaitingClaims.delete(key) ? claimPollMs : nextAvailableIn(claimed, set.spec.minReadySeconds ?? 0, clock.now());
    return wait === undefined ? undefined : { requeueAfterMs: wait };
  }

  return {
    name: 'statefulset-controller',
    watch(enqueue) {
      watchOwned({
        owners: sets,
        children: pods,
        matches: (set, pod) => selectorFrom(set.spec?.selector).matches(pod.metadata.labels ?? {}),
        enqueue,
        deleted: (key, pod) => writes.deleted(key, pod),
      });
    },
    async reconcile(key) {
      const set = sets.get(key);
      if (!hasSpec(set)) {
        writes.forget(key);
        return undefined;
      }
      return sync(key, set);
    },
  };
};
