/** What a piece of text means; what that looks like is up to who draws it. Nothing is told by colour alone. */
export type Style = 'plain' | 'dim' | 'strong' | 'good' | 'busy' | 'bad' | 'ending' | 'accent';

export interface Span {
  text: string;
  style: Style;
  /** Under the cursor. */
  selected?: boolean;
}

/** One line of a screen, from the left. */
export type Line = readonly Span[];

export const span = (text: string, style: Style = 'plain', selected = false): Span =>
  selected ? { text, style, selected } : { text, style };
export const line = (text: string, style: Style = 'plain'): Line => [span(text, style)];

/**
 * Text from a cluster as it may stand in one line of a terminal: control characters, which could steer the terminal, and
 * everything wider or narrower than one column become `?`.
 */
export const printable = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    // Latin, Greek, Cyrillic, punctuation, arrows, boxes and marks: one column each in every terminal.
    .replace(
      /[^\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2713-\u2718\u280a-\u283f]/gu,
      '?',
    );

/** Shortened in the middle of nowhere is useless: the end gives way, marked with `…`. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 0 ? '' : `${text.slice(0, width - 1)}…`;
}

export const widthOf = (spans: Line): number => spans.reduce((sum, { text }) => sum + text.length, 0);

/** Exactly `width` columns: cut, or filled up with blanks. */
export function sized(spans: Line, width: number): Line {
  const result: Span[] = [];
  let left = width;
  for (const each of spans) {
    if (left <= 0) break;
    const text = clip(each.text, left);
    result.push(text === each.text ? each : { ...each, text });
    left -= text.length;
  }
  return left > 0 ? [...result, span(' '.repeat(left))] : result;
}

/** Blocks beside each other, each filled up to its width and to the height of the tallest, `gap` between them. */
export function beside(blocks: readonly { lines: readonly Line[]; width: number }[], gap: Span): Line[] {
  const height = Math.max(0, ...blocks.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    blocks.flatMap(({ lines, width }, index) => [...(index === 0 ? [] : [gap]), ...sized(lines[row] ?? [], width)]),
  );
}

/** Neighbours of one style as one span: fewer pieces to draw. */
export function joined(spans: Line): Line {
  const result: Span[] = [];
  for (const each of spans) {
    const last = result.at(-1);
    if (last !== undefined && last.style === each.style && last.selected === each.selected) {
      result[result.length - 1] = { ...last, text: last.text + each.text };
    } else result.push(each);
  }
  return result;
}

/** How each style looks with colours, and in `mono`, without; names are those of `util.styleText`. */
export const looks = {
  plain: { color: [], mono: [] },
  dim: { color: ['gray'], mono: ['dim'] },
  strong: { color: ['bold'], mono: ['bold'] },
  good: { color: ['green'], mono: [] },
  busy: { color: ['yellow'], mono: [] },
  bad: { color: ['red', 'bold'], mono: ['bold'] },
  ending: { color: ['magenta'], mono: ['dim'] },
  accent: { color: ['cyan'], mono: [] },
} as const satisfies Record<Style, { color: readonly string[]; mono: readonly string[] }>;
