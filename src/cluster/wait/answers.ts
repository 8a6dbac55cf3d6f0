import { get } from 'node:http';
import { messageOf } from '../../util/errors.ts';
import { eventually } from '../eventually.ts';
import type { Waiting } from './wait.ts';

/**
 * Resolves when what is published at a URL of this machine gives any HTTP answer, whatever it says.
 * @param subject whose URL it is, such as `gateway`
 */
export async function answers({ context, signal, missing }: Waiting, subject: string, url: string): Promise<void> {
  missing.set(subject, 'does not answer');
  await eventually(() => answered(url, signal), {
    clock: context.clock,
    signal,
    missing: (thrown) => missing.set(subject, messageOf(thrown)),
  });
  missing.delete(subject);
}

/** By the loopback address, since not every resolver knows `localhost` as 127.0.0.1 alone. */
const answered = (url: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const { port, host, pathname } = new URL(url);
    const request = get({ host: '127.0.0.1', port, path: pathname, headers: { host }, signal, timeout: 5000 }, (response) => {
      response.resume();
      resolve();
    });
    request.once('timeout', () => request.destroy(new Error('no answer within 5 s')));
    request.once('error', reject);
  });
