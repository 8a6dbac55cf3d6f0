/** The JSON paths of printer columns, scale and selectable fields: client-go's util/jsonpath without templates. */
type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; from: number }
  | { kind: 'slice'; from: number | undefined; to: number | undefined }
  | { kind: 'all' }
  | { kind: 'deep' }
  | { kind: 'filter'; left: Step[]; operator: string | undefined; right: unknown };

/** What a path finds in an object, in order; nothing where some part is missing. */
export type JsonPath = (object: unknown) => unknown[];

/** Throws `SyntaxError` for what is no path. */
export function parseJsonPath(text: string): JsonPath {
  const steps = parseSteps(text);
  return (object) => steps.reduce<unknown[]>((found, step) => found.flatMap((value) => take(step, value)), [object]);
}

const pattern =
  /\.\.|\.?\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\.?\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\.?\[\s*\?\(\s*(.*?)\s*\)\s*\]|\.?\[\s*(\*|-?\d*:-?\d*|-?\d+)\s*\]|\.?(\*)|\.?((?:[^.[\]\\]|\\.)+)|\./gsy;

function parseSteps(text: string): Step[] {
  const path = text.replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '');
  const steps: Step[] = [];
  let at = 0;
  for (const match of path.matchAll(pattern)) {
    at = match.index + match[0].length;
    const [whole, single, double, filter, subscript, star, name] = match;
    if (whole === '..') steps.push({ kind: 'deep' });
    else if (filter !== undefined) steps.push(parseFilter(filter));
    else if (subscript !== undefined) steps.push(parseSubscript(subscript));
    else if (star !== undefined) steps.push({ kind: 'all' });
    else if (single !== undefined || double !== undefined || name !== undefined) {
      steps.push({ kind: 'field', name: (single ?? double ?? name ?? '').replace(/\\(.)/g, '$1') });
    } else if (path !== '.') throw new SyntaxError(`invalid JSON path ${JSON.stringify(text)}`);
  }
  if (at !== path.length) throw new SyntaxError(`unrecognized character in JSON path ${JSON.stringify(text)}`);
  return steps;
}

function parseSubscript(text: string): Step {
  if (text === '*') return { kind: 'all' };
  if (!text.includes(':')) return { kind: 'index', from: Number(text) };
  const [from = '', to = ''] = text.split(':');
  return { kind: 'slice', from: from === '' ? undefined : Number(from), to: to === '' ? undefined : Number(to) };
}

function parseFilter(text: string): Step {
  const match = /^@(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+))?$/s.exec(text);
  if (match === null) throw new SyntaxError(`invalid filter ${JSON.stringify(text)}`);
  const [, left = '', operator, right] = match;
  return { kind: 'filter', left: parseSteps(left.trim()), operator, right: right === undefined ? undefined : literal(right.trim()) };
}

function literal(text: string): unknown {
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const children = (value: unknown): unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);

function take(step: Step, value: unknown): unknown[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      const item = Array.isArray(value) ? (value as unknown[]).at(step.from) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to) : [];
    case 'all':
      return children(value);
    case 'deep':
      return [value, ...children(value).flatMap((inner) => take(step, inner))];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => passes(step, item)) : [];
  }
}

function passes({ left, operator, right }: Extract<Step, { kind: 'filter' }>, item: unknown): boolean {
  const found = left.reduce<unknown[]>((values, step) => values.flatMap((value) => take(step, value)), [item]);
  if (operator === undefined) return found.length > 0;
  const [value] = found;
  if (found.length === 0 || typeof value !== typeof right) return false;
  const [a, b] = [value, right] as [number, number];
  return { '==': a === b, '!=': a !== b, '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b }[operator] ?? false;
}
