import { semanticEqual } from '../../api/deep-equal.ts';

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Deep enough to name `spec.template.spec.containers`. */
const deepest = 4;

/** The paths of what differs between two values, down to lists and a few levels: `spec.replicas`, `spec.template.metadata`. */
export function changedPaths(before: unknown, now: unknown, path = '', depth = 1): string[] {
  if (semanticEqual(before, now)) return [];
  if (depth > deepest || !isFields(before) || !isFields(now)) return [path];
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].flatMap((name) => changedPaths(before[name], now[name], path === '' ? name : `${path}.${name}`, depth + 1));
}

const mostShown = 3;

/** `spec.paused, spec.strategy and 2 more`. */
export function listed(paths: readonly string[]): string {
  const shown = paths.slice(0, mostShown).join(', ');
  return paths.length > mostShown ? `${shown} and ${paths.length - mostShown} more` : shown;
}
