/**
 * Fields whose empty object says no more than their absence: maps, and structs that upstream embeds by value. Elsewhere
 * an empty object has a meaning of its own (`emptyDir: {}`, `namespaceSelector: {}`).
 */
const emptyMeansAbsent = new Set([
  ...['labels', 'annotations', 'matchLabels', 'nodeSelector', 'data', 'binaryData', 'stringData', 'parameters', 'volumeAttributes'],
  ...['limits', 'requests', 'capacity', 'allocatable', 'allocatedResources', 'overhead', 'hard', 'used', 'default', 'defaultRequest'],
  ...['resources', 'metadata', 'status', 'strategy', 'updateStrategy', 'loadBalancer', 'state', 'lastState'],
]);

/**
 * Deep equality that takes absent, null, empty list and empty map for the same, as apimachinery's `equality.Semantic`
 * does with nil and empty. Quantities compare as text: decoding has made them canonical.
 */
export const semanticEqual = (a: unknown, b: unknown): boolean => equal(a, b, true);

function equal(a: unknown, b: unknown, emptyIsAbsent: boolean): boolean {
  if (a === b) return true;
  if (isAbsent(a, emptyIsAbsent) && isAbsent(b, emptyIsAbsent)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!equal(a[i], b[i], false)) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) {
    if (!equal(left[key], Object.hasOwn(right, key) ? right[key] : undefined, emptyMeansAbsent.has(key))) return false;
  }
  for (const key in right) if (!Object.hasOwn(left, key) && !isAbsent(right[key], emptyMeansAbsent.has(key))) return false;
  return true;
}

function isAbsent(value: unknown, emptyIsAbsent: boolean): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  if (!emptyIsAbsent) return false;
  for (const key in value) if (!isAbsent((value as Record<string, unknown>)[key], emptyMeansAbsent.has(key))) return false;
  return true;
}
