import { shown } from './areas.ts';
import { type Direction, moved, serviceOf, targetOf, workloadOf } from './cursor.ts';
import { describe } from './describe.ts';
import { help } from './help.ts';
import { type Command, type DashState, type Mode, type PressedKey, panes } from './state.ts';

export interface Outcome {
  state: DashState;
  command?: Command;
}

/** What a key does. Everything that destroys asks first. */
export function pressed(state: DashState, input: string, key: PressedKey): Outcome {
  if (key.ctrl === true && input === 'c') return { state, command: { kind: 'quit' } };
  const fresh = { ...state, notice: undefined };
  switch (state.mode.kind) {
    case 'input':
      return typing(fresh, state.mode, input, key);
    case 'confirm':
      return confirming(fresh, state.mode, input);
    case 'choose':
      return choosing(fresh, state.mode, input, key);
    case 'popup':
      return reading(fresh, state.mode, input, key);
    case 'browse':
      return browsing(fresh, input, key);
  }
}

const browse = (state: DashState): DashState => ({ ...state, mode: { kind: 'browse' } });
const into = (state: DashState, mode: Mode): Outcome => ({ state: { ...state, mode } });
const say = (state: DashState, text: string): Outcome => ({ state: { ...state, notice: { text, style: 'busy' } } });

function browsing(state: DashState, input: string, key: PressedKey): Outcome {
  const direction = directionOf(key);
  if (direction !== undefined)
    return { state: goTo(state, moved(state, direction, key.pageDown === true || key.pageUp === true ? 10 : 1)) };
  if (key.tab === true) return { state: nextPane(state, key.shift === true ? panes.length - 1 : 1) };
  if (key.escape === true) return back(state);
  if (key.return === true) return { state: { ...state, mode: { kind: 'popup', ...describe(state), top: 0 } } };
  return letters[input]?.(state) ?? { state };
}

function directionOf(key: PressedKey): Direction | undefined {
  if (key.upArrow === true || key.pageUp === true) return 'up';
  if (key.downArrow === true || key.pageDown === true) return 'down';
  if (key.leftArrow === true) return 'left';
  return key.rightArrow === true ? 'right' : undefined;
}

const goTo = (state: DashState, uid: string | undefined): DashState =>
  uid === undefined ? state : { ...state, cursor: { ...state.cursor, [state.pane]: uid } };

function nextPane(state: DashState, step: number): DashState {
  const pane = panes[(panes.indexOf(state.pane) + step) % panes.length] ?? 'nodes';
  const there = { ...state, pane };
  // The cursor waits where it was; the first time it stands on the first.
  return there.cursor[pane] === undefined ? goTo(there, moved(there, 'down')) : there;
}

/** Escape undoes the latest narrowing: logs, then the filter, then the namespace. */
function back(state: DashState): Outcome {
  if (state.logs !== undefined) return { state: { ...state, logs: undefined }, command: { kind: 'stop-logs' } };
  if (state.filter !== '') return { state: { ...state, filter: '' } };
  return { state: { ...state, namespace: undefined } };
}

const letters: Record<string, (state: DashState) => Outcome> = {
  q: (state) => ({ state, command: { kind: 'quit' } }),
  '?': (state) => into(state, { kind: 'popup', title: 'Keys', lines: help, top: 0 }),
  '/': (state) => into(state, { kind: 'input', purpose: 'filter', text: state.filter }),
  n: (state) => {
    const items = [undefined, ...(state.picture?.namespaces ?? [])];
    return into(state, { kind: 'choose', title: 'Namespace', items, index: Math.max(0, items.indexOf(state.namespace)) });
  },
  s: (state) => {
    const workload = workloadOf(state);
    if (workload === undefined || !isScalable(workload.kind))
      return say(state, 'Put the cursor on a Deployment, StatefulSet or ReplicaSet, or on one of its pods.');
    return into(state, { kind: 'input', purpose: 'replicas', text: '', workload });
  },
  '+': (state) => scaleBy(state, 1),
  '-': (state) => scaleBy(state, -1),
  x: kill,
  c: (state) => onNode(state, (node) => ({ state, command: { kind: node.schedulable ? 'cordon' : 'uncordon', node } })),
  d: (state) =>
    onNode(state, (node) =>
      into(state, {
        kind: 'confirm',
        question: `Drain ${node.name}: cordon it and evict its ${node.pods.length} pods? y/n`,
        answers: { y: { kind: 'drain', node } },
      }),
    ),
  e: (state) => onPod(state, (pod) => ({ state, command: { kind: 'exec', pod } })),
  l: (state) => onPod(state, (pod) => ({ state: { ...state, logs: { pod, lines: [], ended: false } }, command: { kind: 'logs', pod } })),
  o: (state) => {
    const service = serviceOf(state);
    return { state, command: { kind: 'open', ...(service === undefined ? {} : { service }) } };
  },
  w: (state) => {
    const target = targetOf(state);
    if (target.kind === 'pod') return ask(state, 'Pod', target.pod);
    if (target.kind === 'workload') return ask(state, target.workload.kind, target.workload);
    if (target.kind === 'service') return ask(state, 'Service', target.service);
    return say(state, 'Put the cursor on a pod, a workload or a service.');
  },
};

const ask = (state: DashState, kind: string, { name, namespace }: { name: string; namespace: string }): Outcome => ({
  state,
  command: { kind: 'why', ref: { kind, name, namespace } },
});

const isScalable = (kind: string): boolean => kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet';

function scaleBy(state: DashState, step: number): Outcome {
  const workload = workloadOf(state);
  if (workload === undefined || !isScalable(workload.kind))
    return say(state, 'Put the cursor on a Deployment, StatefulSet or ReplicaSet, or on one of its pods.');
  return { state, command: { kind: 'scale', workload, replicas: Math.max(0, workload.desired + step) } };
}

function kill(state: DashState): Outcome {
  const target = targetOf(state);
  if (target.kind === 'pod') {
    const { pod } = target;
    const answers = { y: { kind: 'delete-pod', pod, now: false }, f: { kind: 'delete-pod', pod, now: true } } as const;
    return into(state, { kind: 'confirm', question: `Delete pod ${pod.name}? y: with its grace, f: at once, n: no`, answers });
  }
  if (target.kind !== 'node') return say(state, 'Put the cursor on a pod or on the name of a node.');
  const { node } = target;
  if (node.state !== 'Ready') {
    return into(state, { kind: 'confirm', question: `Start ${node.name} again? y/n`, answers: { y: { kind: 'start-node', node } } });
  }
  if (node.role === 'control-plane')
    return say(state, `${node.name} runs the API server: \`shoal node kill\` can, but this screen would end with it.`);
  return into(state, {
    kind: 'confirm',
    question: `Kill ${node.name} as a power cut would? y/n`,
    answers: { y: { kind: 'kill-node', node } },
  });
}

function onNode(state: DashState, run: (node: Extract<ReturnType<typeof targetOf>, { kind: 'node' }>['node']) => Outcome): Outcome {
  const target = targetOf(state);
  if (target.kind === 'node') return run(target.node);
  const name = target.kind === 'pod' ? target.pod.node : undefined;
  const node = state.picture?.nodes.find((each) => each.name === name);
  return node === undefined ? say(state, 'Put the cursor on a node or on one of its pods.') : run(node);
}

function onPod(state: DashState, run: (pod: Extract<ReturnType<typeof targetOf>, { kind: 'pod' }>['pod']) => Outcome): Outcome {
  const target = targetOf(state);
  return target.kind === 'pod' ? run(target.pod) : say(state, 'Put the cursor on a pod.');
}

function typing(state: DashState, mode: Extract<Mode, { kind: 'input' }>, input: string, key: PressedKey): Outcome {
  if (key.escape === true) return { state: mode.purpose === 'filter' ? { ...browse(state), filter: '' } : browse(state) };
  if (key.return === true) return typed(state, mode);
  const text = key.backspace === true || key.delete === true ? mode.text.slice(0, -1) : key.ctrl === true ? mode.text : mode.text + input;
  const next = { ...state, mode: { ...mode, text: mode.purpose === 'replicas' ? text.replace(/\D/g, '').slice(0, 4) : text } };
  return { state: mode.purpose === 'filter' ? { ...next, filter: text } : next };
}

function typed(state: DashState, mode: Extract<Mode, { kind: 'input' }>): Outcome {
  if (mode.purpose === 'filter' || mode.text === '') return { state: browse(state) };
  return { state: browse(state), command: { kind: 'scale', workload: mode.workload, replicas: Number(mode.text) } };
}

function confirming(state: DashState, mode: Extract<Mode, { kind: 'confirm' }>, input: string): Outcome {
  const command = mode.answers[input.toLowerCase()];
  return command === undefined ? { state: browse(state) } : { state: browse(state), command };
}

function choosing(state: DashState, mode: Extract<Mode, { kind: 'choose' }>, input: string, key: PressedKey): Outcome {
  if (key.escape === true || input === 'q') return { state: browse(state) };
  if (key.return === true) return { state: { ...browse(state), namespace: mode.items[mode.index] } };
  const direction = directionOf(key);
  const step = direction === 'up' ? -1 : direction === 'down' || input === 'n' ? 1 : 0;
  return into(state, { ...mode, index: (mode.index + step + mode.items.length) % mode.items.length });
}

function reading(state: DashState, mode: Extract<Mode, { kind: 'popup' }>, input: string, key: PressedKey): Outcome {
  const direction = directionOf(key);
  if (direction === undefined) return { state: input === '' && key.return !== true && key.escape !== true ? state : browse(state) };
  const step = (key.pageDown === true || key.pageUp === true ? 10 : 1) * (direction === 'up' ? -1 : direction === 'down' ? 1 : 0);
  return into(state, { ...mode, top: Math.max(0, Math.min(mode.lines.length - 1, mode.top + step)) });
}

/** Where the thing under the cursor is gone, the cursor goes to the nearest that stands. */
export function withCursor(state: DashState): DashState {
  const picture = shown(state);
  if (picture === undefined) return state;
  const known = new Set([
    ...picture.nodes.flatMap((node) => [node.uid, ...node.pods.map(({ uid }) => uid)]),
    ...picture.pending.map(({ uid }) => uid),
  ]);
  if (picture.pending.length > 0) known.add('pending');
  const at = state.cursor.nodes;
  if (at !== undefined && known.has(at)) return state;
  const first = picture.nodes.find((node) => node.pods.length > 0);
  const uid = first?.pods[0]?.uid ?? picture.nodes[0]?.uid;
  return uid === undefined ? state : { ...state, cursor: { ...state.cursor, nodes: uid } };
}
