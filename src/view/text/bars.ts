import type { Amounts } from '../picture.ts';
import { type Line, span } from './spans.ts';

/**
 * `cpu ███▓░░░░ 1.5/4`: full blocks are asked for, and where somebody measures, a second bar is not drawn but the end of
 * what is used is marked. The figures go first when it gets narrow.
 */
export function bar(label: string, { allocatable, requested, used }: Amounts, width: number, format: (amount: number) => string): Line {
  const figures = ` ${format(requested)}/${format(allocatable)}`;
  const cells = width - label.length - 1 - figures.length;
  if (cells < 4) return [span(`${label} `, 'dim'), span(figures.trim())];
  const share = (amount: number): number => (allocatable <= 0 ? 0 : Math.min(cells, Math.round((amount / allocatable) * cells)));
  const full = requested > 0 ? Math.max(1, share(requested)) : 0;
  const at = used === undefined ? -1 : Math.min(cells - 1, share(used));
  const piece = (index: number): string => (index === at ? '┃' : index < full ? '█' : '░');
  const text = Array.from({ length: cells }, (_, index) => piece(index)).join('');
  const style = requested > allocatable * 0.9 ? 'bad' : requested > allocatable * 0.7 ? 'busy' : 'good';
  return [span(`${label} `, 'dim'), span(text.slice(0, full), style), span(text.slice(full), 'dim'), span(figures)];
}
