import { Box, render, Text, useApp, useInput } from 'ink';
import { createElement, type ReactElement } from 'react';

export interface ClassroomScreen {
  show(table: string): void;
  /** Aborted when the instructor leaves. */
  left: AbortSignal;
  close(): Promise<void>;
}

function Class({ table, leave }: { table: string; leave(): void }): ReactElement {
  const { exit } = useApp();
  useInput((input, key) => {
    if (input !== 'q' && !(key.ctrl && input === 'c')) return;
    leave();
    exit();
  });
  const [header = '', ...rows] = table.trimEnd().split('\n');
  return createElement(
    Box,
    { flexDirection: 'column' },
    createElement(Text, { bold: true, wrap: 'truncate' }, header),
    ...rows.map((row) => createElement(Text, { key: row, wrap: 'truncate' }, row)),
    createElement(Text, { dimColor: true }, '\n✓ done   1–9 step under way   · not begun      q leave'),
  );
}

/** The table of a class, drawn anew in place whenever it changes. */
export function classroomScreen(): ClassroomScreen {
  const leaving = new AbortController();
  const draw = (table: string): ReactElement => createElement(Class, { table, leave: () => leaving.abort() });
  const screen = render(draw('looking at the class…'), {
    interactive: true,
    alternateScreen: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return {
    show: (table) => screen.rerender(draw(table)),
    left: leaving.signal,
    async close() {
      screen.unmount();
      await screen.waitUntilExit();
    },
  };
}
