import { semanticEqual } from '../../deep-equal.ts';

/** The differing leaves of two values, one `-`/`+` pair each: what follows a "may not change" message. */
export function specDifference(before: unknown, after: unknown, path = 'spec'): string {
  return differing(before, after, path).join('\n');
}

function differing(before: unknown, after: unknown, path: string): string[] {
  if (semanticEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [`- ${path}: ${text(before)}`, `+ ${path}: ${text(after)}`];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const child = (key: string): string => (Array.isArray(before) ? `${path}[${key}]` : `${path}.${key}`);
  return keys.flatMap((key) => differing(before[key], after[key], child(key)));
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const text = (value: unknown): string => (value === undefined ? 'nil' : JSON.stringify(value));
