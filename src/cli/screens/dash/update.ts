import { allPods } from '../../../view/filter.ts';
import { type Outcome, pressed, withCursor } from './keys.ts';
import type { DashState, Happening } from './state.ts';

/** How long a pod that has come stands out; milliseconds. */
const freshMs = 2000;
const maxLogLines = 1000;

/** The screen after something happened, and what is to be done about it. Pure. */
export function update(state: DashState, happening: Happening): Outcome {
  switch (happening.kind) {
    case 'picture':
      return { state: withPicture(state, happening.picture, happening.now) };
    case 'tick':
      return { state: { ...state, now: happening.now, fresh: stillFresh(state.fresh, happening.now) } };
    case 'resize':
      return { state: { ...state, width: happening.width, height: happening.height } };
    case 'notice':
      return { state: { ...state, notice: happening.notice } };
    case 'popup':
      return { state: { ...state, mode: { kind: 'popup', title: happening.title, lines: happening.lines, top: 0 } } };
    case 'log':
      return { state: withLog(state, happening) };
    case 'key': {
      const { state: next, ...outcome } = pressed(state, happening.input, happening.key);
      return { state: withCursor(next), ...outcome };
    }
  }
}

function withPicture(state: DashState, picture: NonNullable<DashState['picture']>, now: number): DashState {
  const before = state.picture === undefined ? undefined : new Map(allPods(state.picture).map(({ uid, node }) => [uid, node]));
  const fresh = new Map(stillFresh(state.fresh, now));
  // Of the first picture everything would be new.
  if (before !== undefined) {
    for (const { uid, node } of allPods(picture)) if (!before.has(uid) || before.get(uid) !== node) fresh.set(uid, now + freshMs);
  }
  return withCursor({ ...state, picture, now, fresh });
}

const stillFresh = (fresh: DashState['fresh'], now: number): DashState['fresh'] =>
  [...fresh.values()].every((until) => until > now) ? fresh : new Map([...fresh].filter(([, until]) => until > now));

function withLog(state: DashState, { uid, lines, ended }: Extract<Happening, { kind: 'log' }>): DashState {
  // Of a log that has been closed meanwhile.
  if (state.logs?.pod.uid !== uid) return state;
  return { ...state, logs: { ...state.logs, lines: [...state.logs.lines, ...lines].slice(-maxLogLines), ended: ended === true } };
}
