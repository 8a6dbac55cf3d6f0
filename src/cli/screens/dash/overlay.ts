import { clip, type Line, line, printable, sized, span } from '../../../view/text/spans.ts';
import type { DashState } from './state.ts';

/** Draws the open popup or menu over the middle of the screen; what is behind shows around it. */
export function overlay(lines: Line[], { mode, width, height }: DashState): Line[] {
  if (mode.kind !== 'popup' && mode.kind !== 'choose') return lines;
  const inner = Math.max(10, Math.min(width - 6, 100));
  const room = Math.max(1, height - 4);
  const body = mode.kind === 'popup' ? popupLines(mode, inner, room) : menuLines(mode, room);
  const shownHeight = Math.min(room, body.length);
  const boxed = [
    frame('┌', '─', '┐', inner, ` ${clip(printable(mode.title), inner - 4)} `),
    ...body.slice(0, shownHeight).map((each): Line => [span('│ ', 'dim'), ...sized(each, inner), span(' │', 'dim')]),
    frame('└', '─', '┘', inner, mode.kind === 'popup' ? ' any key closes ' : ' Enter chooses '),
  ];
  const top = Math.max(0, Math.floor((height - boxed.length) / 2));
  const left = Math.max(0, Math.floor((width - inner - 4) / 2));
  return lines.map((behind, row) => {
    const box = boxed[row - top];
    if (box === undefined) return behind;
    return [...upTo(behind, left, width), ...box, ...after(behind, left + inner + 4, width)];
  });
}

const frame = (start: string, middle: string, end: string, inner: number, title: string): Line => {
  const text = title.length > inner ? '' : title;
  return [span(`${start}${middle}`, 'dim'), span(text, 'accent'), span(`${middle.repeat(inner + 1 - text.length)}${end}`, 'dim')];
};

/** What of a line stands to the left of the box. */
function upTo(behind: Line, width: number, full: number): Line {
  let left = width;
  return sized(behind, full).map((each) => {
    const text = each.text.slice(0, left);
    left -= text.length;
    return { ...each, text };
  });
}

/** What of it stands to the right. */
function after(behind: Line, from: number, width: number): Line {
  let at = 0;
  const rest: Line[number][] = [];
  for (const each of sized(behind, width)) {
    const cut = Math.max(0, from - at);
    if (cut < each.text.length) rest.push({ ...each, text: each.text.slice(cut) });
    at += each.text.length;
  }
  return rest;
}

function popupLines({ lines, top }: { lines: string[]; top: number }, width: number, room: number): Line[] {
  const all = lines.flatMap((each) => wrapped(each, width));
  const from = Math.max(0, Math.min(top, all.length - room));
  return all.slice(from, from + room).map((each) => line(each));
}

function menuLines({ items, index }: { items: (string | undefined)[]; index: number }, room: number): Line[] {
  const from = Math.max(0, Math.min(index - Math.floor(room / 2), items.length - room));
  return items.map((item, at) => [span(item ?? 'all namespaces', 'plain', at === index)]).slice(from, from + room);
}

/** Broken between words; the next lines begin where the text of the first did. */
export function wrapped(text: string, width: number): string[] {
  const indent = ' '.repeat(Math.min(12, /^ */.exec(text)?.[0].length ?? 0));
  const result: string[] = [];
  // Runs of blanks are columns, so only what is too long is touched.
  let rest = [...text].map((char) => (char === ' ' ? ' ' : printable(char))).join('');
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const at = space > indent.length ? space : width;
    result.push(rest.slice(0, at));
    rest = indent + rest.slice(at).trimStart();
  }
  return [...result, rest];
}
