import type { Evidence, Explanation, Finding } from './finding.ts';
import { wrap } from '../util/wrap.ts';

export interface RenderOptions {
  /** Columns; default 80. */
  width?: number;
}

const mark = '  ';
const bullet = '  - ';

/**
 * An explanation as plain text for a terminal, without colour: the answer, what bears it out, what would make it fit or work;
 * then what else is the matter, in short. Ends with a line break.
 */
export function renderText({ answer, findings }: Explanation, { width = 80 }: RenderOptions = {}): string {
  const [first, ...others] = findings;
  const lines = wrap(answer, width);
  if (first !== undefined) lines.push(...evidenceLines(first.evidence, width), ...fixLines(first, width));
  for (const finding of others) {
    lines.push('', ...wrap(`${finding.severity === 'info' ? '' : 'Also: '}${finding.message}`, width));
    lines.push(...evidenceLines(finding.evidence, width, ''), ...finding.fix.flatMap((text) => wrap(text, width, bullet)));
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function evidenceLines(evidence: readonly Evidence[], width: number, before: string | undefined = undefined): string[] {
  const lines: string[] = before === undefined && evidence.length > 0 ? [''] : [];
  for (const item of evidence) {
    if (item.type === 'fact') lines.push(...wrap(item.text, width, mark));
    else if (item.type === 'table') lines.push(...tableLines(item.columns, item.rows, width));
    else lines.push(`${mark}${item.title}`, ...item.lines.map((line) => `${mark}| ${line}`.slice(0, width)));
  }
  return lines;
}

function fixLines({ code, severity, fix }: Finding, width: number): string[] {
  if (fix.length === 0) return [];
  const goal = code === 'UNSCHEDULABLE' || code === 'NO_NODES' ? 'fit' : 'work';
  const title = severity === 'error' ? `What would make it ${goal}:` : 'What you can do:';
  return ['', title, ...fix.flatMap((text) => wrap(text, width, bullet))];
}

/** Columns as wide as their widest cell, two spaces apart; the last one takes what is left and wraps. */
function tableLines(columns: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const all = [columns, ...rows];
  const last = columns.length - 1;
  const widths = columns.slice(0, last).map((_, i) => Math.min(30, Math.max(...all.map((row) => row[i]?.length ?? 0))));
  const indent = mark.length + widths.reduce((sum, columnWidth) => sum + columnWidth + 2, 0);
  return all.flatMap((row) => {
    const head = widths.map((columnWidth, i) => cut(row[i] ?? '', columnWidth).padEnd(columnWidth + 2)).join('');
    const [line = '', ...more] = wrap(row[last] ?? '', Math.max(20, width - indent));
    return [`${mark}${head}${line}`, ...more.map((text) => ' '.repeat(indent) + text)];
  });
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
