/** What a lesson may say of the cluster that it is started in, as `{{worker}}`. */
export const variableNames = ['cluster', 'namespace', 'worker', 'gateway'] as const;
export type Variables = Record<(typeof variableNames)[number], string>;

const pattern = /\{\{\s*([a-zA-Z]+)\s*\}\}/g;
const isKnown = (name: string): name is keyof Variables => (variableNames as readonly string[]).includes(name);

export const variablesIn = (text: string): { name: string; known: boolean }[] =>
  [...text.matchAll(pattern)].map(([, name = '']) => ({ name, known: isKnown(name) }));

/** A copy of `value` with the variables replaced in every text that it holds. */
export function substitute<T>(value: T, variables: Variables): T {
  if (typeof value === 'string') return value.replace(pattern, (whole, name: string) => (isKnown(name) ? variables[name] : whole)) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => substitute(item, variables)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, substitute(item, variables)])) as T;
}
