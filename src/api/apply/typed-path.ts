import type { Kind } from '../kind.ts';
import { structureOf, untyped } from './structure.ts';

/**
 * A field's path as server-side apply names it: `spec.containers[0].foo` becomes `.spec.containers[name="app"].foo`, as
 * items of lists with keys are told apart by these.
 */
export function typedPath(kind: Kind, value: unknown, path: string): string {
  let structure = structureOf(kind);
  let current: unknown = value;
  let text = '';
  for (const part of path.match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    if (part.startsWith('[')) {
      current = Array.isArray(current) ? current[Number(part.slice(1, -1))] : undefined;
      const item = (current ?? {}) as Record<string, unknown>;
      text += structure.kind === 'items' ? `[${structure.keys.map((key) => `${key}=${JSON.stringify(item[key])}`).join(',')}]` : part;
      structure = structure.kind === 'items' ? structure.item : untyped;
    } else {
      current = (current as Record<string, unknown> | undefined)?.[part];
      text += `.${part}`;
      structure = structure.kind === 'fields' ? structure.field(part) : untyped;
    }
  }
  return text;
}
