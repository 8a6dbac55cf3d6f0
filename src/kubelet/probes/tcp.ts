import { connect } from 'node:net';
import { type ProbeOutcome, socketProblem } from './outcome.ts';

/** Success is a connection that opens in time. */
export function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (outcome: ProbeOutcome): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on('connect', () => end({ result: 'success', output: '' }));
    socket.on('timeout', () => end({ result: 'failure', output: `dial tcp ${host}:${port}: i/o timeout` }));
    socket.on('error', (thrown) => end({ result: 'failure', output: socketProblem(thrown, { hostname: host, port: String(port) }) }));
  });
}
