import { simulatedNodes } from '../../api/simulated.ts';
import type { Node, Taint } from '../../api/types/core-v1.ts';
import { because, type Circumstances, type Describe, refOf, type Step } from '../step.ts';
import { conditionOf } from './conditions.ts';

/** A node's life: joined, ready or not, tainted, cordoned, gone. */
export const describeNode: Describe = function* (change, { causes }) {
  const node = change.object as Node;
  const previous = change.previous as Node | undefined;
  if (change.type === 'DELETED') {
    yield { kind: 'node', reason: 'Deleted', what: 'removed' };
    return;
  }
  if (previous === undefined) yield { kind: 'node', reason: 'Created', what: 'joined' };
  else yield* machine(node, previous, causes);
  yield* readiness(node, previous, causes);
  if (previous === undefined) return;
  yield* pressures(node, previous);
  yield* cordon(node, previous);
  yield* taints(node, previous, causes);
};

/** A simulated node's machine is switched by an annotation. */
function machine(node: Node, previous: Node, causes: Circumstances['causes']): Step[] {
  const off = node.metadata.annotations?.[simulatedNodes.killed] !== undefined;
  const wasOff = previous.metadata.annotations?.[simulatedNodes.killed] !== undefined;
  if (off === wasOff) return [];
  const step: Step = off
    ? { kind: 'node', reason: 'Killed', what: 'switched off' }
    : { kind: 'node', reason: 'Started', what: 'switched on' };
  return [because(step, causes.latest(refOf(node), [off ? 'Fault' : 'FaultUndone']))];
}

function readiness(node: Node, previous: Node | undefined, causes: Circumstances['causes']): Step[] {
  const now = conditionOf(node, 'Ready');
  const before = previous === undefined ? undefined : conditionOf(previous, 'Ready');
  if (now === undefined || now.status === before?.status) return [];
  const recent = causes.latest(refOf(node), ['Killed', 'Started', 'Fault', 'FaultUndone']);
  const up = recent?.reason === 'Started' || recent?.reason === 'FaultUndone';
  if (now.status === 'True') return [because({ kind: 'node', reason: 'Ready', what: 'Ready' }, up ? recent : undefined)];
  // A node that registers is not ready yet; that is no event.
  if (before === undefined) return [];
  const what = `NotReady: ${(now.message ?? now.reason ?? now.status).replace(/\.$/, '')}`;
  return [because({ kind: 'node', reason: 'NotReady', what }, up ? undefined : recent)];
}

function pressures(node: Node, previous: Node): Step[] {
  return ['MemoryPressure', 'DiskPressure', 'PIDPressure'].flatMap((type): Step[] => {
    const now = conditionOf(node, type)?.status;
    const before = conditionOf(previous, type)?.status;
    // Unknown says no more than NotReady.
    if (now === before || now === 'Unknown' || before === 'Unknown' || before === undefined) return [];
    return [{ kind: 'node', reason: type, what: now === 'True' ? `has ${type}` : `has no ${type} any more` }];
  });
}

function cordon(node: Node, previous: Node): Step[] {
  const now = node.spec?.unschedulable === true;
  if (now === (previous.spec?.unschedulable === true)) return [];
  return [now ? { kind: 'write', reason: 'Cordoned', what: 'cordoned' } : { kind: 'write', reason: 'Uncordoned', what: 'uncordoned' }];
}

/** Cordoning and not being ready have their own lines: their NoSchedule taints tell nothing more. */
const implied = new Set(['node.kubernetes.io/unschedulable', 'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);
const isTold = ({ key, effect }: Taint): boolean => effect === 'NoExecute' || !implied.has(key);
const textOf = ({ key, value = '', effect }: Taint): string => `${key}${value === '' ? '' : `=${value}`}:${effect}`;

function taints(node: Node, previous: Node, causes: Circumstances['causes']): Step[] {
  const texts = ({ spec }: Node): string[] => (spec?.taints ?? []).filter(isTold).map(textOf);
  const now = texts(node);
  const before = texts(previous);
  const ready = causes.latest(refOf(node), ['NotReady', 'Ready']);
  const notReady = ready?.reason === 'NotReady' ? ready : undefined;
  const added = now
    .filter((text) => !before.includes(text))
    .map((text) =>
      because({ kind: 'node', reason: 'Tainted', what: `tainted ${text}` }, text.startsWith('node.kubernetes.io/') ? notReady : undefined),
    );
  const gone = before
    .filter((text) => !now.includes(text))
    .map((text): Step => ({ kind: 'node', reason: 'Untainted', what: `no longer tainted ${text}` }));
  return [...added, ...gone];
}
