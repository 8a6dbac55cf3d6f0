import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import type { Client } from '../../client/client.ts';
import { allSettled } from '../lib/batch.ts';
import { nameOf } from '../lib/objects.ts';
import type { OwnWrites } from '../lib/own-writes.ts';
import type { SliceChanges } from './reconcile.ts';

/** Writes the planned changes and remembers them until the informer shows them. */
export async function applySlices(client: Client, key: string, changes: SliceChanges, writes: OwnWrites<EndpointSlice>): Promise<void> {
  const remember = (slice: EndpointSlice): void => writes.wrote(key, slice);
  await allSettled([
    ...changes.create.map(async (slice) => remember(await client.create(kinds.EndpointSlice, slice))),
    ...changes.update.map(async (slice) => remember(await client.update(kinds.EndpointSlice, slice))),
  ]);
  await allSettled(
    changes.delete.map(async (slice) => {
      await client.delete(kinds.EndpointSlice, nameOf(slice), slice.metadata.namespace).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
      writes.deleted(key, slice);
    }),
  );
}
