import { wrap } from '../util/wrap.ts';
import { type Evidence, type Explanation, type Finding, rootOf } from './finding.ts';

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
  if (first !== undefined) {
    const evidence = evidenceLines(evidenceOf(first), width);
    lines.push(...(evidence.length === 0 ? [] : ['', ...evidence]), ...fixLines(first, width));
  }
  for (const finding of others) {
    lines.push('', ...wrap(`${finding.severity === 'info' ? '' : 'Also: '}${finding.message}`, width));
    lines.push(...evidenceLines(evidenceOf(finding), width), ...fixesOf(finding).flatMap((text) => wrap(text, width, bullet)));
  }
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

const evidenceOf = ({ evidence, because }: Finding): readonly Evidence[] => [
  ...evidence,
  ...(because === undefined ? [] : evidenceOf(because)),
];
const fixesOf = ({ fix, because }: Finding): readonly string[] => [...(because === undefined ? [] : fixesOf(because)), ...fix];

function evidenceLines(evidence: readonly Evidence[], width: number): string[] {
  return evidence.flatMap((item, i) => {
    if (item.type === 'fact') return wrap(item.text, width, mark);
    if (item.type === 'table') return [...tableLines(item.columns, item.rows, width), ...(i === evidence.length - 1 ? [] : [''])];
    return [`${mark}${item.title}`, ...item.lines.map((line) => `${mark}| ${line}`.slice(0, width))];
  });
}

function fixLines(finding: Finding, width: number): string[] {
  const fix = fixesOf(finding);
  if (fix.length === 0) return [];
  const { code } = rootOf(finding);
  const goal = code === 'UNSCHEDULABLE' || code === 'NO_NODES' ? 'fit' : 'work';
  const title = finding.severity === 'error' ? `What would make it ${goal}:` : 'What you can do:';
  return ['', title, ...fix.flatMap((text) => wrap(text, width, bullet))];
}

/** Columns as wide as their widest cell, two spaces apart; the last one takes what is left and wraps. */
function tableLines(columns: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const all = [columns, ...rows];
  const last = columns.length - 1;
  const widths = columns.slice(0, last).map((_, i) => Math.min(31, Math.max(...all.map((row) => row[i]?.length ?? 0))));
  const indent = mark.length + widths.reduce((sum, columnWidth) => sum + columnWidth + 2, 0);
  return all.flatMap((row) => {
    const head = widths.map((columnWidth, i) => cut(row[i] ?? '', columnWidth).padEnd(columnWidth + 2)).join('');
    const [line = '', ...more] = wrap(row[last] ?? '', Math.max(20, width - indent));
    return [`${mark}${head}${line}`, ...more.map((text) => ' '.repeat(indent) + text)];
  });
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
