import type { SchedulingRecord } from '../../api/scheduling-record.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nodeTable } from '../scheduling/node-table.ts';
import { sceneOf } from '../scheduling/scene.ts';
import { type NodeVerdict, verdictsOn } from '../scheduling/verdicts.ts';
import { claimProblems } from '../storage/pod-claims.ts';
import { someOf } from '../text.ts';
import type { World } from '../world.ts';

const shoalScheduler = 'default-scheduler';

/** A pod without a node: who holds it back, what each node lacks, and which comes nearest. */
export async function podUnschedulable(pod: Pod, world: World): Promise<readonly Finding[]> {
  if ((pod.spec?.nodeName ?? '') !== '' || pod.metadata.deletionTimestamp !== undefined) return [];
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return [];
  const { name = '', namespace = '' } = pod.metadata;
  const about = { object: refOf(kinds.Pod, pod), severity: 'error' } as const;

  const gates = (pod.spec?.schedulingGates ?? []).map((gate) => gate.name);
  if (gates.length > 0) {
    const message = `Pod ${name} is held by ${gates.length === 1 ? 'the scheduling gate' : 'the scheduling gates'} ${gates.join(', ')}; the scheduler does not look at it until then.`;
    const fix = [
      `let the controller that set ${gates.length === 1 ? 'it' : 'them'} lift ${gates.length === 1 ? 'it' : 'them'}, or lift all gates by hand:`,
      `kubectl patch pod ${name} -n ${namespace} --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'`,
    ];
    return [{ ...about, code: 'SCHEDULING_GATED', message, evidence: [], fix }];
  }

  const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const scheduler = pod.spec?.schedulerName ?? shoalScheduler;
  if (scheduler !== shoalScheduler && condition === undefined) {
    const message = `Pod ${name} asks for the scheduler "${scheduler}", and nothing of that name has looked at it.`;
    const fix = [`run that scheduler, or leave schedulerName out to use ${shoalScheduler}`];
    return [{ ...about, code: 'NO_SUCH_SCHEDULER', message, evidence: [], fix }];
  }

  const scene = await sceneOf(world);
  if (scene.nodes.length === 0) {
    return [
      { ...about, code: 'NO_NODES', message: `Pod ${name} is pending: the cluster has no nodes.`, evidence: [], fix: ['shoal node add'] },
    ];
  }
  const record = await world.decision(namespace, name);
  const current = record?.uid === pod.metadata.uid ? record : undefined;
  const said = saidBy(condition?.message, current);
  const claims = await claimProblems(pod, world);
  if (claims.length > 0) return claims.map((finding) => ({ ...finding, evidence: [...finding.evidence, ...said] }));

  const promised = pod.status?.nominatedNodeName ?? '';
  if (promised !== '') return [preempting(pod, promised, current)];

  const verdicts = verdictsOn(pod, scene, current);
  const [nearest] = verdicts;
  if (nearest === undefined || nearest.obstacles.length === 0) {
    const fits = verdicts.filter(({ obstacles }) => obstacles.length === 0).map(({ node }) => node);
    const message = `Pod ${name} is pending, and would fit on ${someOf(fits)} as the cluster is now; the scheduler has yet to ${condition === undefined ? 'look at it' : 'try it again'}.`;
    return [{ ...about, code: 'NOT_SCHEDULED_YET', severity: 'warning', message, evidence: said, fix: [] }];
  }
  return [
    {
      ...about,
      code: 'UNSCHEDULABLE',
      message: `Pod ${name} is pending: ${verdicts.length === 1 ? 'the only node cannot take it' : `none of ${verdicts.length} nodes can take it`}. ${nearestText(nearest)}`,
      evidence: [nodeTable(verdicts), ...said],
      fix: fixesOf(verdicts),
    },
  ];
}

const nearestText = ({ node, obstacles }: NodeVerdict): string =>
  `The nearest is ${node}, which needs ${obstacles.map(({ missing }) => missing.replace(/ \(.*\)$/, '')).join(' and ')}.`;

/** For the nearest node, all that lifts each of its obstacles; then for the next one that is kept out by something else, in short. */
function fixesOf(verdicts: readonly NodeVerdict[]): string[] {
  const [nearest] = verdicts;
  if (nearest === undefined) return [];
  const several = nearest.obstacles.length > 1;
  const fixes = nearest.obstacles
    .flatMap(({ remedies }) => (several ? [remedies.slice(0, 2).join(', or ')] : remedies))
    .filter((text) => text !== '');
  const reasons = new Set(nearest.obstacles.map(({ reason }) => reason));
  const other = verdicts.find(({ obstacles }) => obstacles.length === 1 && obstacles.every(({ reason }) => !reasons.has(reason)));
  const remedies = other?.obstacles[0]?.remedies.slice(0, 2).join(', or ') ?? '';
  return [
    ...(several ? [`on ${nearest.node}, all of:`] : []),
    ...fixes,
    ...(remedies === '' ? [] : [`or use ${other?.node}: ${remedies}`]),
  ];
}

const saidBy = (condition: string | undefined, record: SchedulingRecord | undefined): Evidence[] => {
  // What preemption says when it has nothing to say is left out.
  const text = (record?.message ?? condition)?.replace(
    / preemption: 0\/\d+ nodes are available: \d+ (Preemption is not helpful|No preemption victims found)[^,]*\.$/,
    '',
  );
  return text === undefined || text === '' ? [] : [fact(`The scheduler says: ${text}`)];
};

function preempting(pod: Pod, node: string, record: SchedulingRecord | undefined): Finding {
  const victims = record?.preemption?.victims ?? [];
  const evicted = victims.length === 0 ? 'pods of lower priority' : someOf(victims);
  return {
    object: refOf(kinds.Pod, pod),
    code: 'PREEMPTING',
    severity: 'warning',
    message: `Pod ${pod.metadata.name} is pending: ${evicted} must leave ${node} first, where its priority (${pod.spec?.priority ?? 0}) has won it a place.`,
    evidence: saidBy(undefined, record),
    fix: ['wait: evicted pods have their termination grace period to end in'],
  };
}
