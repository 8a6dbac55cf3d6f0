import { connect, type Socket } from 'node:net';
import type { Clock } from '../util/clock.ts';
import type { Backend } from './backends.ts';

/** How long a backend may take to accept a connection. Inside one machine an accept takes microseconds. */
const CONNECT_MS = 1_000;
/** How long a backend that did not accept is tried last. A dead node's pods stay listed for up to the grace period. */
const SUSPECT_MS = 5_000;

export type Dialed = { backend: Backend; socket: Socket } | { backend: undefined; failure: Error };

/**
 * Opens a connection to one of several backends: in turn, those that failed lately last. Because the connection stands
 * before a request is sent, any request, with a body too, can fail over.
 */
export function dialer(clock: Clock): (key: string, backends: readonly Backend[]) => Promise<Dialed> {
  const turns = new Map<string, number>();
  const suspects = new Map<string, number>();
  const id = (backend: Backend): string => `${backend.ip}:${backend.port}`;
  return async (key, backends) => {
    const turn = (turns.get(key) ?? -1) + 1;
    turns.set(key, turn);
    const rotated = backends.map((_, index) => backends[(turn + index) % backends.length]).filter((one) => one !== undefined);
    const suspect = (backend: Backend): boolean => (suspects.get(id(backend)) ?? 0) > clock.now();
    let failure = new Error('no backend');
    for (const backend of [...rotated.filter((one) => !suspect(one)), ...rotated.filter(suspect)]) {
      try {
        const socket = await open(backend, clock);
        suspects.delete(id(backend));
        return { backend, socket };
      } catch (thrown) {
        failure = thrown instanceof Error ? thrown : new Error(String(thrown));
        suspects.set(id(backend), clock.now() + SUSPECT_MS);
      }
    }
    return { backend: undefined, failure };
  };
}

function open(backend: Backend, clock: Clock): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: backend.ip, port: backend.port, noDelay: true });
    const timer = clock.after(CONNECT_MS, () =>
      socket.destroy(new Error(`${backend.ip}:${backend.port} did not accept within ${CONNECT_MS} ms`)),
    );
    socket.once('connect', () => {
      timer.cancel();
      socket.removeListener('error', reject);
      resolve(socket);
    });
    socket.once('error', (failure) => {
      timer.cancel();
      reject(failure);
    });
  });
}
