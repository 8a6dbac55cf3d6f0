import { Box, Text, useApp, useInput, useWindowSize } from 'ink';
import { createElement, type ReactElement, useEffect, useReducer, useRef } from 'react';
import { toAnsi } from '../../../view/text/ansi.ts';
import { renderPicture } from '../../../view/text/render-picture.ts';
import { type Line, sized } from '../../../view/text/spans.ts';
import { areas, keyLine, type LessonScreen, mayGoOn, pictureOfLesson, textLines } from './draw.ts';

export interface LessonAppProps {
  initial: LessonScreen;
  color: boolean;
  /** Called once, with how to tell the screen of what changed. Returns how to stop. */
  connect(tell: (change: Partial<LessonScreen>) => void): () => void;
  goOn(): void;
  hint(): void;
}

/** The step's text with its checks, and the cluster beside it. */
export function LessonApp({ initial, color, connect, goOn, hint }: LessonAppProps): ReactElement {
  const { exit } = useApp();
  const { columns, rows } = useWindowSize();
  const state = useRef(initial);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const tell = (change: Partial<LessonScreen>): void => {
    // Another step is read from its top.
    const turned = change.progress !== undefined && change.progress.step !== state.current.progress.step;
    state.current = { ...state.current, ...(turned ? { outcomes: [], top: 0 } : {}), ...change };
    redraw();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: one connection for the life of the screen.
  useEffect(() => connect(tell), []);
  const { row, text, picture } = areas(columns, rows);
  const lines = textLines(state.current, text.width);
  const last = Math.max(0, lines.length - text.height);
  const top = Math.min(state.current.top, last);
  useInput((input, key) => {
    // Keys that come faster than they are read come together.
    for (const each of input) {
      if (each === 'q' || (key.ctrl && each === 'c')) exit();
      else if (each === 'h') hint();
    }
    if ((key.return || input.includes('\r')) && mayGoOn(state.current)) goOn();
    if (!key.upArrow && !key.downArrow && !key.pageUp && !key.pageDown) return;
    const step = key.pageUp || key.pageDown ? text.height - 2 : 1;
    tell({ top: Math.max(0, Math.min(last, top + (key.upArrow || key.pageUp ? -step : step))) });
  });
  const shown = state.current.picture;
  const drawn =
    shown === undefined
      ? 'looking at the cluster…'
      : renderPicture(pictureOfLesson(shown, state.current.lesson.namespace), { ...picture, color });
  const more = last > top;
  return createElement(
    Box,
    { flexDirection: 'column', height: rows, overflow: 'hidden' },
    createElement(
      Box,
      { flexDirection: row ? 'row' : 'column', height: rows - 1, overflow: 'hidden' },
      createElement(
        Box,
        { flexDirection: 'column', width: row ? text.width + 1 : columns, height: text.height, overflow: 'hidden' },
        ...rowsOf(lines.slice(top, top + text.height - (more ? 1 : 0)), text.width, color),
        ...(more ? [createElement(Text, { key: 'more', dimColor: true }, '↓ more')] : []),
      ),
      createElement(
        Text,
        { key: 'rule', dimColor: true },
        row ? Array.from({ length: rows - 1 }, () => '│ ').join('\n') : '─'.repeat(columns),
      ),
      createElement(
        Box,
        { key: 'picture', flexDirection: 'column', width: picture.width, height: picture.height, overflow: 'hidden' },
        ...textRows(drawn),
      ),
    ),
    createElement(Text, { wrap: 'truncate' }, toAnsi(sized(keyLine(state.current), columns), color)),
  );
}

const textRows = (text: string): ReactElement[] =>
  text.split('\n').map((each, index) => createElement(Text, { key: index, wrap: 'truncate' }, each === '' ? ' ' : each));

const rowsOf = (lines: readonly Line[], width: number, color: boolean): ReactElement[] =>
  textRows(lines.map((each) => toAnsi(sized(each, width), color)).join('\n'));
