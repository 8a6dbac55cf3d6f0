import { kinds } from '../../api/scheme.ts';
import type { DaemonSet } from '../../api/types/apps-v1.ts';
import type { Pod, Toleration } from '../../api/types/core-v1.ts';
import type { Evidence, Finding } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { checkLabels } from '../scheduling/labels.ts';
import { sceneOf } from '../scheduling/scene.ts';
import { checkTaints } from '../scheduling/taints.ts';
import { plural, someOf } from '../text.ts';
import type { World } from '../world.ts';
import { isReady, nameOf, podsOf, troublesAmong, troubleTable } from './pods-of.ts';
import { lastRefusal, refusedFinding } from './refused.ts';

/** Nodes where the daemon should run and does not. */
export async function daemonSetPods(set: DaemonSet, world: World): Promise<readonly Finding[]> {
  const { desiredNumberScheduled: wanted = 0, numberReady = 0 } = set.status ?? {};
  if (set.metadata.deletionTimestamp !== undefined || numberReady >= wanted) return [];
  const pods = await podsOf(set, world);
  const troubles = await troublesAmong(
    pods.filter((pod) => !isReady(pod)),
    world,
  );
  const [first] = troubles;
  const head = `DaemonSet ${nameOf(set)} is ready on ${numberReady} of ${plural(wanted, 'node')}`;
  const object = refOf(kinds.DaemonSet, set);
  if (first === undefined) {
    const refused = await lastRefusal(set, world);
    if (refused !== undefined) return [refusedFinding(kinds.DaemonSet, set, refused)];
    return [{ object, code: 'DAEMON_MISSING', severity: 'warning', message: `${head}.`, evidence: [], fix: [] }];
  }
  const message = `${head}. ${first.finding.message}`;
  return [
    {
      object,
      code: 'DAEMON_MISSING',
      severity: first.finding.severity,
      message,
      evidence: troubleTable(troubles),
      fix: [],
      because: first.finding,
    },
  ];
}

/** What the DaemonSet controller lets every daemon tolerate. */
const tolerated: readonly Toleration[] = [
  'not-ready',
  'unreachable',
  'disk-pressure',
  'memory-pressure',
  'pid-pressure',
  'unschedulable',
].map((name) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists' }));

/** Of a DaemonSet that is well: the nodes that it leaves out, and why. */
export async function daemonSetWell(set: DaemonSet, world: World): Promise<readonly Finding[]> {
  const { nodes } = await sceneOf(world);
  const spec = set.spec?.template.spec;
  const pod: Pod = { metadata: {}, spec: { containers: [], ...spec, tolerations: [...(spec?.tolerations ?? []), ...tolerated] } };
  const scene = await sceneOf(world);
  const left = nodes.flatMap((state) => {
    const obstacles = [...checkLabels(pod, state, scene), ...checkTaints(pod, state, scene)];
    return obstacles.length === 0 ? [] : [[state.name, obstacles.map(({ missing }) => missing).join(', ')]];
  });
  const evidence: Evidence[] =
    left.length === 0 ? [] : [{ type: 'table', columns: ['LEFT OUT', 'WHAT IS MISSING'], rows: left.slice(0, 8) }];
  const except = left.length === 0 ? '' : `; it leaves out ${someOf(left.map(([name = '']) => name))}`;
  const message = `DaemonSet ${nameOf(set)} runs on ${plural(set.status?.numberReady ?? 0, 'node')}, all that it selects${except}.`;
  return [{ object: refOf(kinds.DaemonSet, set), code: 'HEALTHY', severity: 'info', message, evidence, fix: [] }];
}
