import { semanticEqual } from '../../api/deep-equal.ts';
import { selectorFrom } from '../../api/labels.ts';
import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import { templateGenerationAnnotation } from '../../api/strategy/daemonset.ts';
import type { ControllerRevision, DaemonSet } from '../../api/types/apps-v1.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import type { ReconcileResult } from '../../client/controller.ts';
import { modifyStatus } from '../../client/retry.ts';
import type { StartController } from '../context.ts';
import { allSettled, slowStartBatch } from '../lib/batch.ts';
import { claimObjects } from '../lib/claim.ts';
import { createExpectations } from '../lib/expectations.ts';
import { candidatesOf, indexByController, podInformer } from '../lib/indexes.ts';
import { hasSpec, isDeleting, nameOf, type WithSpec } from '../lib/objects.ts';
import { createPodControl, isNamespaceTerminating, podFromTemplate } from '../lib/pod-control.ts';
import { nextAvailableIn } from '../lib/pods.ts';
import { ensureRevision, pruneRevisions } from '../lib/revisions.ts';
import { watchOwned } from '../lib/watch-owned.ts';
import { createFailureBackoff } from './failure-backoff.ts';
import { type DaemonSnapshot, groupByNode, hashLabel, planNodes, planUpdate } from './manage.ts';
import { targetNode, templateFor } from './nodes.ts';
import { daemonStatus } from './status.ts';

const burst = 250;
const templateGenerationLabel = 'pod-template-generation';

/** Runs one pod on every node that a DaemonSet is meant for. */
export const daemonSetController: StartController = ({ client, clock, informers, recorder: recorderFor }) => {
  const daemonSets = informers.informer(kinds.DaemonSet);
  const revisionInformer = indexByController(informers.informer(kinds.ControllerRevision));
  const nodes = informers.informer(kinds.Node);
  const pods = podInformer(informers);
  const recorder = recorderFor('daemonset-controller');
  const podControl = createPodControl(client, recorder);
  const expectations = createExpectations(clock);
  const failures = createFailureBackoff(clock);

  /** Creates and deletes together, remembering both until the informer shows them. */
  async function syncNodes(
    key: string,
    daemonSet: WithSpec<DaemonSet>,
    hash: string,
    create: readonly string[],
    remove: readonly Pod[],
  ): Promise<void> {
    const targets = create.slice(0, burst);
    const doomed = remove.slice(0, burst);
    expectations.expectDeletions(key, doomed.map(keyOf));
    expectations.addCreations(key, targets.length);
    const { successes, error } = await slowStartBatch(targets.length, async (at) => {
      const pod = podFromTemplate(templateFor(daemonSet.spec.template, targets[at] ?? ''), daemonSet, kinds.DaemonSet);
      const generation = daemonSet.metadata.annotations?.[templateGenerationAnnotation];
      pod.metadata.labels = {
        ...pod.metadata.labels,
        ...(generation === undefined ? {} : { [templateGenerationLabel]: generation }),
        [hashLabel]: hash,
      };
      await podControl.create(pod, daemonSet);
    });
    for (let missing = successes; missing < targets.length; missing++) expectations.creationObserved(key);
    await allSettled(
      doomed.map((pod) =>
        podControl.delete(pod, daemonSet).catch((failure: unknown) => {
          expectations.deletionObserved(key, keyOf(pod));
          if (!isNotFound(failure)) throw failure;
        }),
      ),
    );
    if (error !== undefined && !isNamespaceTerminating(error)) throw error;
  }

  /** Places pods, then takes the next step of an update; answers how long failed pods' nodes still have to wait. */
  async function manage(key: string, daemonSet: WithSpec<DaemonSet>, snapshot: DaemonSnapshot): Promise<number | undefined> {
    const plan = planNodes(snapshot);
    let waitMs: number | undefined;
    const failed = plan.failed.filter((pod) => {
      const node = targetNode(pod) ?? '';
      const wait = failures.wait(`${key}/${node}`);
      if (wait > 0) {
        waitMs = Math.min(waitMs ?? wait, wait);
        return false;
      }
      failures.next(`${key}/${node}`);
      const message = `Found failed daemon pod ${keyOf(pod)} on node ${node}, will try to kill it`;
      recorder.event(daemonSet, 'Warning', 'FailedDaemonPod', message);
      return true;
    });
    for (const pod of plan.succeeded) {
      const message = `Found succeeded daemon pod ${keyOf(pod)} on node ${targetNode(pod)}, will try to delete it`;
      recorder.event(daemonSet, 'Normal', 'SucceededDaemonPod', message);
    }
    const remove = [...plan.remove, ...failed, ...plan.succeeded];
    if (plan.create.length + remove.length > 0) await syncNodes(key, daemonSet, snapshot.hash, plan.create, remove);
    if (!expectations.satisfied(key) || daemonSet.spec.updateStrategy?.type === 'OnDelete') return waitMs;
    const update = planUpdate(snapshot);
    if (update.create.length + update.remove.length > 0) await syncNodes(key, daemonSet, snapshot.hash, update.create, update.remove);
    return waitMs;
  }

  async function sync(key: string, daemonSet: WithSpec<DaemonSet>): Promise<ReconcileResult | undefined> {
    const due = expectations.satisfied(key);
    const selector = selectorFrom(daemonSet.spec.selector);
    const matches = (object: Pod | ControllerRevision): boolean => selector.matches(object.metadata.labels ?? {});
    const owner = { client, owner: daemonSet, ownerKind: kinds.DaemonSet, matches };
    const claimed = await claimObjects<Pod>({ ...owner, childKind: kinds.Pod }, candidatesOf(pods, daemonSet));
    const revisions = await claimObjects<ControllerRevision>(
      { ...owner, childKind: kinds.ControllerRevision },
      candidatesOf(revisionInformer, daemonSet),
    );
    const current = await ensureRevision(
      {
        client,
        owner: daemonSet,
        kind: kinds.DaemonSet,
        template: daemonSet.spec.template,
        hashLabel,
        collisionCount: daemonSet.status?.collisionCount ?? 0,
      },
      revisions,
    );
    if (current === 'collision') {
      await modifyStatus({ client, clock }, kinds.DaemonSet, daemonSet as DaemonSet, (copy) => {
        if (copy.status !== undefined) copy.status.collisionCount = (copy.status.collisionCount ?? 0) + 1;
      });
      return undefined;
    }
    const hash = current.metadata.labels?.[hashLabel] ?? '';
    const snapshot: DaemonSnapshot = { daemonSet, nodes: nodes.list(), podsByNode: groupByNode(claimed), hash, now: clock.now() };
    let waitMs: number | undefined;
    let failure: unknown;
    if (due && !isDeleting(daemonSet)) {
      try {
        waitMs = await manage(key, daemonSet, snapshot);
        const used = new Set(claimed.map((pod) => pod.metadata.labels?.[hashLabel]));
        const inUse = (revision: ControllerRevision): boolean =>
          nameOf(revision) === nameOf(current) || used.has(revision.metadata.labels?.[hashLabel]);
        await pruneRevisions(client, revisions, inUse, daemonSet.spec.revisionHistoryLimit ?? 10);
      } catch (error) {
        failure = error;
      }
    }
    const status = daemonStatus(snapshot);
    if (!semanticEqual(status, daemonSet.status)) {
      await modifyStatus({ client, clock }, kinds.DaemonSet, daemonSet as DaemonSet, (copy) => {
        copy.status = status;
      });
    }
    if (failure !== undefined) throw failure;
    const waits = [waitMs, nextAvailableIn(claimed, daemonSet.spec.minReadySeconds ?? 0, clock.now())].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
  }

  return {
    name: 'daemonset-controller',
    workers: 2,
    watch(enqueue) {
      watchOwned({
        owners: daemonSets,
        children: pods,
        matches: (one, pod) => selectorFrom(one.spec?.selector).matches(pod.metadata.labels ?? {}),
        enqueue,
        created: (key) => expectations.creationObserved(key),
        deleted: (key, pod) => expectations.deletionObserved(key, keyOf(pod)),
      });
      const enqueueAll = (): void => {
        for (const daemonSet of daemonSets.list()) enqueue(keyOf(daemonSet));
      };
      const placement = ({ metadata, spec }: Node): string => JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable]);
      nodes.on({
        add: enqueueAll,
        update(node, previous) {
          if (placement(node) !== placement(previous)) enqueueAll();
        },
        delete: enqueueAll,
      });
    },
    async reconcile(key) {
      const daemonSet = daemonSets.get(key);
      if (!hasSpec(daemonSet)) {
        expectations.forget(key);
        return undefined;
      }
      const { matchLabels, matchExpressions } = daemonSet.spec.selector;
      if (Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0) {
        recorder.event(daemonSet, 'Warning', 'SelectingAll', 'This daemon set is selecting all pods. A non-empty selector is required.');
        return undefined;
      }
      return isDeleting(daemonSet) ? undefined : sync(key, daemonSet);
    },
  };
};
