import type { NodeRefusal, SchedulingRecord } from '../../api/scheduling-record.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { plural, someOf } from '../text.ts';
import type { World } from '../world.ts';

/** Nodes beside the chosen one whose scores are shown. */
const shown = 4;

/** Of a pod that is well: why it is where it is. */
export async function podPlacement(pod: Pod, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', uid } = pod.metadata;
  const node = pod.spec?.nodeName ?? '';
  const finding = (message: string, evidence: readonly Evidence[]): Finding[] => [
    { object: refOf(kinds.Pod, pod), code: 'PLACED', severity: 'info', message, evidence, fix: [] },
  ];
  const state = pod.status?.phase === 'Succeeded' ? 'has completed' : 'is well';
  const record = await world.decision(namespace, name);
  if (record === undefined || record.uid !== uid || record.nodeName !== node) {
    const owner = controllerOf(pod);
    const pinned = owner?.kind === 'DaemonSet' ? `, where DaemonSet ${owner.name} wants one` : '';
    const event = (await world.events(pod)).find(({ reason }) => reason === 'Scheduled');
    const told =
      event === undefined
        ? 'No scheduler has told how it came there.'
        : `${event.source?.component ?? event.reportingComponent ?? 'The scheduler'} says: ${event.message}`;
    return finding(`Pod ${name} ${state} on ${node}${pinned}.`, [fact(told)]);
  }
  return finding(`Pod ${name} ${state} on ${node}, ${reasonOf(record)}.`, [...scoresOf(record), ...refusalsOf(record.refusals)]);
}

function reasonOf({ nodeName, feasible, nodes, scores }: SchedulingRecord): string {
  if (nodes === 1) return 'the only node there was';
  if (feasible === 1) return `the only one of ${nodes} nodes that could take it`;
  const [first, second] = scores;
  const tied = scores.filter(({ total }) => total === first?.total).length;
  if (tied > 1)
    return `drawn by lot among the ${tied >= scores.length ? '' : `${tied} `}equal best of the ${feasible} nodes that could take it`;
  const lead =
    first?.node === nodeName && second !== undefined ? `: ${first?.total} points, ${second.node} came second with ${second.total}` : '';
  return `the best of ${feasible} nodes that could take it${lead}`;
}

/** Points by plugin, the chosen node first. */
function scoresOf({ scores, nodeName }: SchedulingRecord): Evidence[] {
  if (scores.length === 0) return [];
  const chosen = scores.filter(({ node }) => node === nodeName);
  const nodes = [...chosen, ...scores.filter(({ node }) => node !== nodeName)].slice(0, shown);
  const plugins = Object.keys(scores[0]?.byPlugin ?? {}).filter((plugin) => nodes.some(({ byPlugin }) => (byPlugin[plugin] ?? 0) !== 0));
  const rows = plugins.map((plugin) => [plugin, ...nodes.map(({ byPlugin }) => String(byPlugin[plugin] ?? 0))]);
  const total = ['TOTAL', ...nodes.map((node) => String(node.total))];
  return [{ type: 'table', columns: ['POINTS FROM', ...nodes.map(({ node }) => node)], rows: [...rows, total] }];
}

const refusalsOf = (refusals: readonly NodeRefusal[]): Evidence[] =>
  refusals
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ plugin, reasons, nodes }) =>
      fact(`${plural(nodes.length, 'node')} refused by ${plugin} (${reasons.join(', ')}): ${someOf(nodes)}`),
    );
