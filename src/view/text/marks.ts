import type { NodePicture, PodPicture, PodTone, RolloutState, WorkloadPicture } from '../picture.ts';
import { clip, type Span, type Style, span } from './spans.ts';

/** A shape of its own for each, so that they can be told apart without colour. */
export const podMarks: Record<PodTone, { mark: string; style: Style; word: string }> = {
  running: { mark: '●', style: 'good', word: 'ready' },
  starting: { mark: '◐', style: 'busy', word: 'starting' },
  pending: { mark: '○', style: 'busy', word: 'pending' },
  failing: { mark: '✗', style: 'bad', word: 'failing' },
  ending: { mark: '◌', style: 'ending', word: 'terminating' },
  done: { mark: '✓', style: 'dim', word: 'completed' },
};

export const rolloutMarks: Record<RolloutState, { mark: string; style: Style }> = {
  complete: { mark: '✓', style: 'good' },
  progressing: { mark: '▶', style: 'busy' },
  stuck: { mark: '✗', style: 'bad' },
  failed: { mark: '✗', style: 'bad' },
  paused: { mark: '‖', style: 'busy' },
};

/**
 * What tells a pod from its siblings: `web-7d4b9c-x2x4z` of Deployment web is `web·x2x4z`. A pod of its own keeps its name.
 */
export function shortName({ name, workload, revision }: PodPicture): string {
  if (workload === undefined || !name.startsWith(`${workload.name}-`)) return name;
  let rest = name.slice(workload.name.length + 1);
  if (revision !== undefined && rest.startsWith(`${revision}-`)) rest = rest.slice(revision.length + 1);
  return `${workload.name}·${rest}`;
}

/** The name shortened so that its end, which differs between siblings, stays. */
export function podLabel(pod: PodPicture, width: number): string {
  const short = shortName(pod);
  if (short.length <= width) return short;
  const [front = '', end] = short.split('·');
  if (end === undefined || width < end.length + 3) return clip(short, width);
  return `${clip(front, width - end.length - 1)}·${end}`;
}

/** What a mark alone does not tell: what fails, and how far a start has come. */
export function statusWord({ tone, status }: PodPicture): string {
  if (tone !== 'failing' && tone !== 'starting') return '';
  return status === 'Running' ? 'NotReady' : status;
}

/** Names of nodes begin with the cluster's; what differs is the end. */
export function nodeLabel(name: string, nodes: readonly Pick<NodePicture, 'name'>[], width: number): string {
  if (name.length <= width) return name;
  const first = nodes[0]?.name ?? '';
  let common = 0;
  while (common < first.length && nodes.every((other) => other.name[common] === first[common])) common++;
  const cut = first.slice(0, common).lastIndexOf('-') + 1;
  return clip(cut > 0 && cut < name.length ? name.slice(cut) : name, width);
}

export function nodeState(node: NodePicture): Span {
  const extra = [...(node.schedulable ? [] : ['cordoned']), ...node.pressure].join(' ');
  if (node.state !== 'Ready') return span(`✗ ${node.state}${extra === '' ? '' : ` ${extra}`}`, 'bad');
  return extra === '' ? span('✓ Ready', 'good') : span(`! ${extra}`, 'busy');
}

/** `3/3`, or during a rollout what is old and what is new. */
export function rolloutText({ desired, ready, state, revisions }: WorkloadPicture): string {
  const older = revisions.filter(({ current, pods }) => !current && pods > 0).reduce((sum, { pods }) => sum + pods, 0);
  const newer = revisions.find(({ current }) => current)?.pods ?? 0;
  const moving = older > 0 && state !== 'complete' ? ` ${newer} new ${older} old` : '';
  return `${ready}/${desired}${moving}`;
}
