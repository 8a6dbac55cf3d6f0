import { kinds } from '../../api/scheme.ts';
import type { Client } from '../../client/client.ts';
import { delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Waiting } from './wait.ts';

/** Resolves when pods can be created in namespace `default`: its ServiceAccount is there. */
export async function defaultServiceAccount({ context, signal, missing }: Waiting, client: Client): Promise<void> {
  const subject = 'ServiceAccount default/default';
  missing.set(subject, 'does not exist');
  for (;;) {
    signal.throwIfAborted();
    try {
      for await (const event of client.watch(kinds.ServiceAccount, {
        namespace: 'default',
        fieldSelector: 'metadata.name=default',
        signal,
      })) {
        if (event.type !== 'ADDED' && event.type !== 'MODIFIED') continue;
        missing.delete(subject);
        return;
      }
    } catch (thrown) {
      signal.throwIfAborted();
      context.log.debug(`watching the default ServiceAccount: ${messageOf(thrown)}`);
      await delay(context.clock, 250, signal);
    }
  }
}
