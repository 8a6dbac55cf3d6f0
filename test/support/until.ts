import type { Kind } from '../../src/api/kind.ts';
import { type KubeObject, keyOf } from '../../src/api/object.ts';
import type { Client } from '../../src/client/client.ts';

/** Watches a kind until `holds` is true of all its objects together; resolves to them. The test's timeout is the limit. */
export async function until<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  { namespace }: { namespace?: string },
  holds: (all: T[]) => boolean,
): Promise<T[]> {
  const scope = namespace === undefined ? {} : { namespace };
  const { items, metadata } = await client.list(kind, scope);
  const present = new Map(items.map((item) => [keyOf(item), item]));
  if (holds(items)) return items;
  for await (const { type, object } of client.watch(kind, { ...scope, resourceVersion: metadata.resourceVersion ?? '' })) {
    if (type === 'DELETED') present.delete(keyOf(object));
    else present.set(keyOf(object), object);
    const all = [...present.values()];
    if (holds(all)) return all;
  }
  throw new Error(`the watch of ${kind.plural} ended`);
}
