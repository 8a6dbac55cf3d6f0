import { keyOf } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Node } from '../../api/types/core-v1.ts';
import { modifyObject } from '../../client/retry.ts';
import { timestamp } from '../../util/clock.ts';
import type { StartController } from '../context.ts';
import { findCondition, isTrue } from '../lib/conditions.ts';
import { podInformer, podsOnNode } from '../lib/indexes.ts';
import { nameOf } from '../lib/objects.ts';
import { observe, type Probe, silentConditions } from './health.ts';
import { createPodMarker } from './mark-pods.ts';
import { isEvictionTaint, nextTaints, noExecuteKey } from './taints.ts';
import { zoneOf, zonesOf } from './zones.ts';

/**
 * Watches nodes' signs of life: a node that is silent for the grace period turns Unknown, its pods turn not ready, and it gets
 * the taints that keep pods away and, rate limited by zone, evict them.
 */
export const nodeLifecycleController: StartController = ({ client, clock, config, informers, recorder: recorderFor }) => {
  const nodes = informers.informer(kinds.Node);
  const leases = informers.informer(kinds.Lease, { namespace: 'kube-node-lease' });
  const pods = podInformer(informers);
  const recorder = recorderFor('node-controller');
  const markPodsNotReady = createPodMarker(client, clock, recorder);
  const probes = new Map<string, Probe>();
  /** Those that this controller has met, as it last saw them. */
  const known = new Map<string, Node>();
  /** When each zone may next evict a node. */
  const nextEviction = new Map<string, number>();
  let wasFullyDisrupted = false;

  const look = (node: Node): Probe => {
    const name = nameOf(node);
    const probe = observe(probes.get(name), node, leases.get(`kube-node-lease/${name}`), clock.now());
    probe.at = Math.max(probe.at, config.lastSeen?.(name) ?? 0);
    probes.set(name, probe);
    return probe;
  };

  /** Tells of nodes that come and go (upstream: monitorNodeHealth). */
  const notice = (name: string, node: Node | undefined): void => {
    const before = known.get(name);
    if (node !== undefined) {
      if (before === undefined)
        recorder.event(node, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
      known.set(name, node);
    } else if (before !== undefined) {
      recorder.event(before, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
      known.delete(name);
    }
  };

  const graceOf = (node: Node): number =>
    findCondition(node.status?.conditions, 'Ready') === undefined ? config.nodeStartupGracePeriodMs : config.nodeMonitorGracePeriodMs;
  /** Ready, and not silent either, whether or not its conditions say so yet. */
  const isAlive = (node: Node): boolean => isTrue(node.status?.conditions, 'Ready') && look(node).at + graceOf(node) >= clock.now();

  /** The NoExecute taint that the node may have now, and when to look again if it has to wait for its turn. */
  function executeTaint(node: Node): { key: string | undefined; waitMs?: number } {
    const key = noExecuteKey(node);
    if (key === undefined) return { key };
    const zones = zonesOf(nodes.list(), isAlive, config);
    wasFullyDisrupted = zones.fullyDisrupted;
    if (zones.fullyDisrupted) return { key: undefined, waitMs: config.nodeMonitorPeriodMs };
    // A node that is being evicted only changes the reason why, which takes no turn.
    if ((node.spec?.taints ?? []).some(isEvictionTaint)) return { key };
    const rate = zones.rate(node);
    if (rate === 0) return { key: 'keep', waitMs: config.nodeMonitorPeriodMs };
    const turn = nextEviction.get(zoneOf(node)) ?? 0;
    if (clock.now() < turn) return { key: 'keep', waitMs: turn - clock.now() };
    nextEviction.set(zoneOf(node), clock.now() + 1000 / rate);
    return { key };
  }

  return {
    name: 'node-lifecycle-controller',
    watch(enqueue) {
      nodes.on({
        add: (node) => enqueue(keyOf(node)),
        update: (node) => enqueue(keyOf(node)),
        delete: (node) => enqueue(keyOf(node)),
      });
      const renewed = (name: string): void => {
        const node = nodes.get(name);
        if (node === undefined) return;
        look(node);
      };
      leases.on({ add: (lease) => renewed(nameOf(lease)), update: (lease) => renewed(nameOf(lease)) });
    },
    async reconcile(key) {
      let node = nodes.get(key);
      notice(key, node);
      if (node === undefined) {
        probes.delete(key);
        return undefined;
      }
      if (wasFullyDisrupted && isTrue(node.status?.conditions, 'Ready') && !zonesOf(nodes.list(), isAlive, config).fullyDisrupted) {
        // The others could not report either while all were cut off: each gets a whole grace period from now.
        wasFullyDisrupted = false;
        for (const probe of probes.values()) probe.at = clock.now();
      }
      const probe = look(node);
      const observed = findCondition(node.status?.conditions, 'Ready');
      const leftMs = probe.at + graceOf(node) - clock.now();
      if (leftMs < 0) {
        const conditions = silentConditions(node, timestamp(clock));
        if (conditions !== undefined) {
          node = await client.updateStatus(kinds.Node, { ...node, status: { ...node.status, conditions } });
          if (observed?.status === 'True') {
            recorder.event(node, 'Normal', 'NodeNotReady', `Node ${key} status is now: NodeNotReady`);
            await markPodsNotReady(podsOnNode(pods, key));
          }
        }
      }
      const execute = executeTaint(node);
      const now = timestamp(clock);
      if (nextTaints(node, execute.key, now) !== undefined) {
        await modifyObject({ client, clock }, kinds.Node, node, (copy) => {
          const taints = nextTaints(copy, execute.key, now);
          if (taints === undefined) return false;
          copy.spec = { ...copy.spec, taints };
          return true;
        });
      }
      const waits = [execute.waitMs, leftMs < 0 ? undefined : leftMs + 1].filter((wait) => wait !== undefined);
      return waits.length === 0 ? undefined : { requeueAfterMs: Math.min(...waits) };
    },
  };
};
