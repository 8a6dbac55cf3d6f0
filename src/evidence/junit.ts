import type { Explanation } from '../why/finding.ts';
import { renderText } from '../why/render.ts';

export interface JUnitCase {
  name: string;
  className: string;
  seconds: number;
  /** Absent for one that passed. */
  failure?: { message: string; text: string };
}

/** JUnit XML of one suite, as CI systems read it. */
export function renderJUnit(suite: string, cases: readonly JUnitCase[], at: string): string {
  const failed = cases.filter(({ failure }) => failure !== undefined).length;
  const total = cases.reduce((sum, { seconds }) => sum + seconds, 0);
  const counts = `tests="${cases.length}" failures="${failed}" errors="0" time="${total.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${quoted(suite)} ${counts}>`,
    `  <testsuite name=${quoted(suite)} ${counts} timestamp=${quoted(at)}>`,
    ...cases.map(renderCase),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function renderCase({ name, className, seconds, failure }: JUnitCase): string {
  const head = `    <testcase name=${quoted(name)} classname=${quoted(className)} time="${seconds.toFixed(3)}"`;
  if (failure === undefined) return `${head}/>`;
  return `${head}>\n      <failure message=${quoted(failure.message)}>${escaped(failure.text)}</failure>\n    </testcase>`;
}

/** One case for an object that is not well. */
export const caseOf = (explanation: Explanation): JUnitCase => {
  const { kind, namespace, name } = explanation.object;
  return {
    name: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
    className: 'shoal.cluster',
    seconds: 0,
    failure: { message: explanation.answer, text: renderText(explanation) },
  };
};

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Control characters are not even allowed as entities. */
const escaped = (text: string): string =>
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"]/g, (character) => entities[character] ?? '');
const quoted = (text: string): string => `"${escaped(text).replaceAll('\n', '&#10;')}"`;
