import { faultController } from '../chaos/controller.ts';
import { installFaults } from '../chaos/install.ts';
import type { Client } from '../client/client.ts';
import type { InformerFactory } from '../client/informer.ts';
import { type RunOptions, runController } from '../client/run-controller.ts';
import { delay } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';

const firstPauseMs = 100;
const longestPauseMs = 10_000;

/**
 * Makes `kind: Fault` known and starts its controller, which runs until the signal aborts. Resolves when Faults are served;
 * nobody who starts a cluster waits for it.
 */
export async function serveFaults(options: RunOptions & { client: Client; informers: InformerFactory }): Promise<void> {
  const { client, clock, log, signal } = options;
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    try {
      await installFaults(client, signal);
      break;
    } catch (thrown) {
      if (!signal.aborted) log.warn(`making the definition of faults: ${messageOf(thrown)}; again in ${pauseMs} ms`);
      await delay(clock, pauseMs, signal).catch(() => undefined);
    }
  }
  if (!signal.aborted) void runController(faultController(options), options);
}
