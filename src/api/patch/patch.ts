import type { Kind } from '../kind.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

export function applyPatch(_options: { kind: Kind; type: PatchType; original: unknown; patch: unknown }): unknown {
  throw new Error('being written');
}
