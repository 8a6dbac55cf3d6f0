/** Names a value that a plugin keeps between extension points of one pod's cycle. `T` is the value's type. */
export interface StateKey<T> {
  readonly name: string;
  /** Never set. Carries the type. */
  readonly type?: T;
}
export const stateKey = <T>(name: string): StateKey<T> => ({ name });

/** Plugins whose state changes as pods are added to or removed from a node on trial say how to copy it. */
export interface Cloneable {
  clone(): unknown;
}

/** What plugins remember of one pod's scheduling cycle. */
export interface CycleState {
  read<T>(key: StateKey<T>): T | undefined;
  write<T>(key: StateKey<T>, value: T): void;
  /** For trials on a node: values that are `Cloneable` are copied, others shared. */
  clone(): CycleState;
  /** Plugins that answered Skip at PreFilter, whose Filter is left out. */
  readonly skipFilter: Set<string>;
  /** Plugins that answered Skip at PreScore, whose Score is left out. */
  readonly skipScore: Set<string>;
}

export function createCycleState(
  values = new Map<StateKey<unknown>, unknown>(),
  skipFilter = new Set<string>(),
  skipScore = new Set<string>(),
): CycleState {
  return {
    // The key carries the type of what was written under it.
    read: <T>(key: StateKey<T>) => values.get(key) as T | undefined,
    write: (key, value) => void values.set(key, value),
    clone() {
      const copies = new Map<StateKey<unknown>, unknown>();
      for (const [key, value] of values) copies.set(key, isCloneable(value) ? value.clone() : value);
      return createCycleState(copies, skipFilter, skipScore);
    },
    skipFilter,
    skipScore,
  };
}

const isCloneable = (value: unknown): value is Cloneable =>
  typeof value === 'object' && value !== null && 'clone' in value && typeof value.clone === 'function';
