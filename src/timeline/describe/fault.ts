import type { KubeObject } from '../../api/object.ts';
import { because, type Describe } from '../step.ts';
import { life } from './generic.ts';

/** What is read of a Fault (src/chaos). */
interface Fault extends KubeObject {
  spec?: { duration?: string };
  status?: { phase?: string; action?: string; target?: string; targets?: Record<string, { state: string; message?: string }> };
}

const over = new Set(['Undone', 'Unsupported', 'Failed']);

/** Something that was broken on purpose: the Fault's own course, and a line for each node that it hits, so that what follows can name it. */
export const describeFault: Describe = function* (change, circumstances) {
  const { metadata, spec, status } = change.object as Fault;
  const before = (change.previous as Fault | undefined)?.status;
  for (const step of life(change, circumstances)) {
    const what = step.reason === 'Created' && spec?.duration !== undefined ? `created for ${spec.duration}` : step.what;
    yield { ...step, kind: 'write', what };
  }
  const { name = '' } = metadata;
  const link = circumstances.causes.latest({ kind: 'Fault', name }, ['Created']);
  if (status?.phase !== undefined && status.phase !== before?.phase && change.type !== 'DELETED') {
    const hit = [status.action, status.target].filter((part) => part !== undefined && part !== '').join(' on ');
    yield because({ kind: 'fault', reason: `Fault${status.phase}`, what: `is ${status.phase}${hit === '' ? '' : `: ${hit}`}` }, link);
  }
  for (const [target, { state }] of Object.entries(status?.targets ?? {})) {
    const then = before?.targets?.[target]?.state;
    const object = { kind: 'Node', name: target };
    const began = (then === undefined || over.has(then)) && !over.has(state);
    const ended = then !== undefined && !over.has(then) && over.has(state);
    const text = `${status?.action ?? 'Fault'} of Fault ${name}`;
    if (began) yield because({ kind: 'fault', reason: 'Fault', what: `hit by ${text}`, object }, link);
    if (ended) yield because({ kind: 'fault', reason: 'FaultUndone', what: `rid of ${text}`, object }, link);
  }
};
