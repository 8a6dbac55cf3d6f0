import { get } from 'node:http';
import { messageOf } from '../../util/errors.ts';
import { eventually } from '../eventually.ts';
import type { Waiting } from './wait.ts';

/** Resolves when the gateway gives any answer; which Services there are is not its matter. */
export async function gatewayAnswers({ context, signal, missing }: Waiting, url: string): Promise<void> {
  const subject = 'gateway';
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
    const { port, host } = new URL(url);
    const request = get({ host: '127.0.0.1', port, path: '/', headers: { host }, signal, timeout: 5000 }, (response) => {
      response.resume();
      resolve();
    });
    request.once('timeout', () => request.destroy(new Error('no answer within 5 s')));
    request.once('error', reject);
  });
