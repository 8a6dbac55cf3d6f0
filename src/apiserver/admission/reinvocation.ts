import { semanticEqual } from '../../api/deep-equal.ts';
import type { AdmissionAttributes } from './plugin.ts';

/** What the mutating half remembers of a request between its first pass and a second one. */
export interface Reinvocation {
  /** This is the second pass. */
  again: boolean;
  /** Something changed the object after others had seen it. */
  wanted: boolean;
  /** By plugin. */
  readonly memories: Map<string, Memory>;
}

interface Memory {
  /** Those that asked for it and have been called. */
  readonly eligible: Set<string>;
  /** Those among them that have not seen the newest state. */
  readonly due: Set<string>;
  /** The object as the plugin left it. */
  output: unknown;
}

/** One plugin's part in one pass. */
export interface Pass {
  /** Whether `id` is to run: always in the first pass, in the second only when it asked for it and something changed since. */
  due(id: string): boolean;
  /** The object was changed: those that ran before and asked for it want to see it again. */
  changed(): void;
  /** `id` ran and asks to be called again when the object changes afterwards. */
  called(id: string): void;
}

/**
 * Runs a plugin whose parts may ask to be called a second time (`reinvocationPolicy: IfNeeded`): when a later part or another
 * plugin changed the object. One second pass, no more (upstream: plugin/webhook/mutating/reinvocationcontext.go).
 */
export async function reinvocable(name: string, attributes: AdmissionAttributes, run: (pass: Pass) => Promise<void>): Promise<void> {
  attributes.reinvocation ??= { again: false, wanted: false, memories: new Map() };
  const state = attributes.reinvocation;
  const memory: Memory = state.memories.get(name) ?? { eligible: new Set(), due: new Set(), output: undefined };
  state.memories.set(name, memory);
  const everyoneIsDue = (): void => {
    for (const id of memory.eligible) memory.due.add(id);
    memory.eligible.clear();
  };
  if (state.again && !semanticEqual(memory.output, attributes.object)) everyoneIsDue();
  await run({
    due: (id) => !state.again || memory.due.has(id),
    changed() {
      everyoneIsDue();
      state.wanted = true;
    },
    called: (id) => memory.eligible.add(id),
  });
  if (!state.again && (memory.eligible.size > 0 || memory.due.size > 0)) memory.output = structuredClone(attributes.object);
}
