import type { ObjectRef, TimelineEntry } from './entry.ts';

export interface RenderOptions {
  /** Columns; longer lines go on below, indented. Default 80. */
  width?: number;
  /** How the time is shown; default: hours, minutes, seconds and milliseconds of UTC. */
  time?(at: string): string;
}

const clockTime = (at: string): string => at.slice(11, 23);
const shown = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined || namespace === 'default' ? '' : `${namespace}/`}${name}`;

/** Deeper chains are drawn no further to the right. */
const deepest = 4;

/**
 * For people, a line or two for each entry: when, what, who, and why. An entry whose cause is shown above it is marked with
 * `└` and indented below it by how many causes lead to it; a cause that is not shown is said in words. No colours.
 */
export function renderTimeline(entries: readonly TimelineEntry[], options: RenderOptions = {}): string {
  const render = entryRenderer(options);
  return entries.map(render).join('');
}

/** Renders entries one after the other as they come; remembers which ones it has shown. */
export function entryRenderer({ width = 80, time = clockTime }: RenderOptions = {}): (entry: TimelineEntry) => string {
  const depths = new Map<number, number>();
  let last = 0;
  return (entry) => {
    const { id, at, object, what, by, cause } = entry;
    const above = cause?.entry === undefined ? undefined : depths.get(cause.entry);
    const depth = above === undefined ? 0 : Math.min(deepest, above + 1);
    depths.set(id, depth);
    // What follows from the line right above needs no words: its place says it.
    const reason = cause === undefined || (above !== undefined && cause.entry === last) ? '' : `, because ${cause.text}`;
    last = id;
    const text = `${shown(object)} ${what}${by === undefined ? '' : ` by ${by}`}${reason}`;
    const mark = depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `;
    return wrapped(`${time(at)}  ${mark}`, text, width);
  };
}

/** Words over lines of `width`, each but the first indented to where the text begins. A word that fits nowhere is left whole. */
function wrapped(head: string, text: string, width: number): string {
  const lines: string[] = [];
  let line = head;
  let empty = true;
  for (const word of text.split(/\s+/)) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${' '.repeat(head.length + 2)}${word}`;
      continue;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  return [...lines, line].map((each) => `${each}\n`).join('');
}
