import { entries } from './common.ts';
import { duplicate, type Errors, tooMany } from './field-error.ts';

type Rule<T> = (field: string, item: T) => Errors;

/** Items by their rule; beyond `most` that there are too many is the only error (upstream: validateSlice of resource.k8s.io). */
export function* eachOf<T>(field: string, list: readonly T[] | undefined, most: number, rule: Rule<T>): Errors {
  const count = list?.length ?? 0;
  if (count > most) yield tooMany(field, count, most);
  else for (const [i, item] of entries(list)) yield* rule(`${field}[${i}]`, item);
}

/** The same where no two items may have the same key (upstream: validateSet). */
export function* eachUnique<T>(
  field: string,
  list: readonly T[] | undefined,
  most: number,
  keyOf: (item: T) => string,
  rule: Rule<T>,
): Errors {
  const seen = new Set<string>();
  yield* eachOf(field, list, most, function* (at, item) {
    const key = keyOf(item);
    yield* rule(at, item);
    if (seen.has(key)) yield duplicate(at, key);
    seen.add(key);
  });
}
