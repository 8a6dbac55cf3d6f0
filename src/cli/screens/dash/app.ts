import { Box, Text, useApp, useInput, useWindowSize } from 'ink';
import { createElement, type ReactElement, useEffect, useReducer, useRef } from 'react';
import { joined, type Line, looks, type Span } from '../../../view/text/spans.ts';
import { draw } from './draw.ts';
import type { Command, DashState, Happening } from './state.ts';
import { update } from './update.ts';

/** What the screen reaches the world with. */
export interface AppProps {
  initial: DashState;
  color: boolean;
  /** Called once, with how to tell the screen of what happens. Returns how to stop. */
  connect(tell: (happening: Happening) => void): () => void;
  /** Does what a key asked for. `suspend` runs its work with the terminal given back. */
  run(command: Command, tools: { tell(happening: Happening): void; suspend(work: () => Promise<void>): Promise<void> }): void;
}

/** ink's part is small: it takes keys, and writes the lines that have changed. */
export function App({ initial, color, connect, run }: AppProps): ReactElement {
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  // The latest state, at hand when a key comes before the next drawing.
  const state = useRef(initial);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const tell = (happening: Happening): void => {
    const { state: next, command } = update(state.current, happening);
    state.current = next;
    redraw();
    if (command?.kind === 'quit') exit();
    else if (command !== undefined) run(command, { tell, suspend: suspendTerminal });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: one connection for the life of the screen.
  useEffect(() => connect(tell), []);
  useInput((input, key) => {
    // Keys that come faster than they are read come together.
    for (const each of input.length > 1 ? input : [input]) tell({ kind: 'key', input: each, key: each === '\r' ? { return: true } : key });
  });
  const { width, height } = state.current;
  if (columns !== width || rows !== height) state.current = update(state.current, { kind: 'resize', width: columns, height: rows }).state;
  return createElement(
    Box,
    { flexDirection: 'column', height: rows, overflow: 'hidden' },
    ...draw(state.current).map((spans, row) => createElement(ScreenLine, { key: row, spans, color })),
  );
}

function ScreenLine({ spans, color }: { spans: Line; color: boolean }): ReactElement {
  return createElement(
    Text,
    { wrap: 'truncate' },
    ...joined(spans).map((each, index) => createElement(Text, { key: index, ...styleOf(each, color) }, each.text)),
  );
}

function styleOf({ style, selected }: Span, color: boolean): Record<string, unknown> {
  const format: readonly string[] = color ? looks[style].color : looks[style].mono;
  const hue = format.find((each) => each !== 'bold' && each !== 'dim');
  return {
    bold: format.includes('bold'),
    dimColor: format.includes('dim'),
    inverse: selected === true,
    ...(hue === undefined ? {} : { color: hue }),
  };
}
