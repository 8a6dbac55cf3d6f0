import { wrap } from '../util/wrap.ts';
import type { ObjectRef, TimelineEntry } from './entry.ts';

export interface RenderOptions {
  /** Columns; what is longer goes on below. Default 80. */
  width?: number;
  /** Whose clock the times are of; default `local`. */
  zone?: 'local' | 'utc';
}

/**
 * For people, a line or two for each entry: when, what, who, and why. An entry whose cause is shown above it is marked with
 * `└` and indented by how many causes lead to it; a cause that is not right above it is said in words. No colours, nothing
 * that is more than text. A line of its own says each new day.
 */
export function renderTimeline(entries: readonly TimelineEntry[], options: RenderOptions = {}): string {
  return entries.map(entryRenderer(options)).join('');
}

/** Deeper chains are drawn no further to the right. */
const deepest = 4;

/** Renders entries one after the other as they come; remembers which ones it has shown. */
export function entryRenderer({ width = 80, zone = 'local' }: RenderOptions = {}): (entry: TimelineEntry) => string {
  const depths = new Map<number, number>();
  let last = 0;
  let today = '';
  return (entry) => {
    const { id, cause } = entry;
    const above = cause?.entry === undefined ? undefined : depths.get(cause.entry);
    const depth = above === undefined ? 0 : Math.min(deepest, above + 1);
    depths.set(id, depth);
    const text = `${nameOf(entry.object)} ${entry.what}${author(entry)}${reason(entry, above !== undefined && cause?.entry === last)}`;
    last = id;
    const { day, time } = momentOf(entry.at, zone);
    const heading = day === today ? '' : `${day}\n`;
    today = day;
    const mark = depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `;
    return `${heading}${wrap(text, width, `${time}  ${mark}`).join('\n')}\n`;
  };
}

const two = (part: number): string => String(part).padStart(2, '0');

function momentOf(text: string, zone: 'local' | 'utc'): { day: string; time: string } {
  if (zone === 'utc') return { day: `${text.slice(0, 10)} UTC`, time: text.slice(11, 23) };
  const at = new Date(text);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return {
    day: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${time}.${String(at.getMilliseconds()).padStart(3, '0')}`,
  };
}

const nameOf = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined || namespace === 'default' ? '' : `${namespace}/`}${name}`;

/** That Kubernetes' own parts do what they are there for is said by the cause. */
const author = ({ by, cause }: TimelineEntry): string =>
  by === undefined || (cause !== undefined && by.startsWith('kube-')) ? '' : ` by ${by}`;

/** Of one object these follow from what happened to it before, as everybody expects. */
const expected = new Set(['Scheduled', 'Unschedulable', 'Started', 'Ready', 'Succeeded', 'Deleted', 'Available', 'RolledOut', 'Complete']);

function reason({ object, reason: what, cause }: TimelineEntry, isRightAbove: boolean): string {
  if (cause === undefined || isRightAbove) return '';
  const own = `${object.kind} ${object.name} `;
  if (!cause.text.startsWith(own)) return `, because ${cause.text}`;
  const text = cause.text.slice(own.length);
  return expected.has(what) || /^container \S+ started/.test(text) ? '' : `, because ${text}`;
}
