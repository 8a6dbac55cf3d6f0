import { Box, render, Static, Text } from 'ink';
import { createElement, type ReactElement } from 'react';
import type { StepEvent } from '../../cluster/run-steps.ts';
import type { Clock } from '../../util/clock.ts';
import type { Progress } from '../progress.ts';

interface Line {
  key: string;
  mark: string;
  color: string;
  text: string;
}
interface Running {
  label: string;
  since: number;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

const marks: Record<Exclude<StepEvent['state'], 'started'>, [string, string]> = {
  done: ['✓', 'green'],
  failed: ['✗', 'red'],
  undone: ['↩', 'yellow'],
};

const line = ({ key, mark, color, text }: Line): ReactElement =>
  createElement(Text, { key }, createElement(Text, { color }, mark), ` ${text}`);

/** What is over scrolls away above; what runs stays below with its time. */
function view(lines: Line[], running: Running[], frame: number, now: number): ReactElement {
  return createElement(
    Box,
    { flexDirection: 'column' },
    // Static takes a function as its child, which createElement's types do not foresee among further arguments.
    createElement(Static<Line>, { items: lines, ...{ children: line } }),
    ...running.map((step) =>
      createElement(
        Text,
        { key: step.label },
        createElement(Text, { color: 'cyan' }, frames[frame % frames.length]),
        ` ${step.label} ${((now - step.since) / 1000).toFixed(1)}s`,
      ),
    ),
  );
}

/** Draws on stderr with ink: one line for each step that runs, its time beside it. */
export function liveProgress(clock: Clock): Progress {
  const lines: Line[] = [];
  const running = new Map<string, Running>();
  let frame = 0;
  let closed = false;
  const screen = render(view(lines, [], 0, clock.now()), { stdout: process.stderr, exitOnCtrlC: false, patchConsole: false });
  const draw = (): void => screen.rerender(view([...lines], [...running.values()], frame, clock.now()));
  const tick = (): void => {
    if (closed) return;
    frame++;
    if (running.size > 0) draw();
    clock.after(FRAME_MS, tick, { unref: true });
  };
  tick();
  return {
    step({ id, label, state, ms, detail }) {
      if (state === 'started') running.set(id, { label, since: clock.now() });
      else {
        running.delete(id);
        const [mark, color] = marks[state];
        const time = ms === undefined ? '' : ` (${(ms / 1000).toFixed(1)}s)`;
        const text = state === 'undone' ? `undone: ${label}` : `${label}${time}${detail === undefined ? '' : `: ${detail}`}`;
        lines.push({ key: `${lines.length}`, mark, color, text });
      }
      draw();
    },
    note(text) {
      lines.push({ key: `${lines.length}`, mark: '·', color: 'gray', text });
      draw();
    },
    async close() {
      if (closed) return;
      closed = true;
      running.clear();
      draw();
      screen.unmount();
      await screen.waitUntilExit();
    },
  };
}
