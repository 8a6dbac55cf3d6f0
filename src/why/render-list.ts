import type { Explanation, ObjectRef } from './finding.ts';
import { refText } from './kinds.ts';
import { plural } from './text.ts';

/** One line for each thing that is not well; cut at `width` columns where given. Ends with a line break. */
export function renderList(found: readonly Explanation[], { width }: { width?: number } = {}): string {
  if (found.length === 0) return 'Everything is well.\n';
  const rows = found.map(({ object, answer }) => [object.namespace ?? '-', refText(object), withoutName(object, answer)] as const);
  const widths = [0, 1].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map(([namespace, name, answer]) => {
    const line = `${namespace.padEnd(widths[0] ?? 0)}  ${name.padEnd(widths[1] ?? 0)}  ${answer}`;
    return width === undefined || line.length <= width ? line : `${line.slice(0, width - 1)}…`;
  });
  const [first] = found;
  const example =
    first === undefined
      ? ''
      : `shoal why ${refText(first.object)}${first.object.namespace === undefined ? '' : ` -n ${first.object.namespace}`}`;
  return `${plural(found.length, 'thing')} ${found.length === 1 ? 'is' : 'are'} not well:\n${lines.join('\n')}\nMore of one: ${example}\n`;
}

/** The object has a column of its own. */
const withoutName = ({ kind, name }: ObjectRef, answer: string): string => {
  const head = `${kind} ${name} `;
  return answer.startsWith(head) ? answer.slice(head.length) : answer;
};
