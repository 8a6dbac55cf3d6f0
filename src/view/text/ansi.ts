import { styleText } from 'node:util';
import { joined, type Line, looks } from './spans.ts';

/** The line with escape sequences for its styles, or as bare text. */
export function toAnsi(spans: Line, color: boolean): string {
  return joined(spans)
    .map(({ text, style, selected }) => {
      const format = color ? [...looks[style].color, ...(selected === true ? ['inverse' as const] : [])] : [];
      return format.length === 0 ? text : styleText([...format], text, { validateStream: false });
    })
    .join('')
    .trimEnd();
}
