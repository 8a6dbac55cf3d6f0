/** FNV-1a, 32 bits, over the UTF-8 bytes of `text`. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

const safe = 'bcdfghjklmnpqrstvwxz2456789';

/** Characters that cannot spell words, as `rand.SafeEncodeString` does. */
export const safeEncode = (text: string): string => [...text].map((char) => safe.charAt(char.charCodeAt(0) % safe.length)).join('');

/** JSON with sorted keys and without empty values, so that equal objects have equal text whatever order wrote them. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined && item !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}

/**
 * The short hash that names a template's revision. Upstream hashes Go's printed form of the struct, which nothing outside Go
 * can reproduce; what clients rely on is the alphabet and that equal templates hash alike.
 */
export function templateHash(template: unknown, collisionCount = 0): string {
  const salt = collisionCount > 0 ? String(collisionCount) : '';
  return safeEncode(String(fnv32a(canonicalJson(template) + salt)));
}
