import { connect } from 'node:net';
import { type Clock, delay } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';

const firstPauseMs = 20;
const longestPauseMs = 1000;
/** A machine that is down answers nothing at all. */
const silenceMs = 2000;

/**
 * Resolves when something accepts connections at the URL's address; looks again after 20 ms, then ever more seldom up to
 * once a second. Rejects with the signal's reason when that aborts. Cheaper than a failed request for each informer, each
 * of which then waits out its own back-off.
 */
export async function untilReachable(
  url: string,
  { clock, log, signal }: { clock: Clock; log: Logger; signal: AbortSignal },
): Promise<void> {
  const { hostname, port } = new URL(url);
  let pauseMs = firstPauseMs;
  while (!(await accepts(hostname.replace(/^\[|\]$/g, ''), Number(port === '' ? 443 : port)))) {
    if (pauseMs === firstPauseMs) log.info(`waiting for ${url}`);
    await delay(clock, pauseMs, signal);
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.2);
  }
}

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: silenceMs });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
