import Docker from 'dockerode';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { connectionOptions, type EngineAddress } from './address.ts';
import { engineCandidates, type Surroundings, surroundings } from './find.ts';

export interface Engine {
  docker: Docker;
  address: EngineAddress;
}

/** How long one address may take to answer before it counts as silent; milliseconds. */
const patienceMs = 10_000;

/** The first engine that answers. Throws ENGINE_UNREACHABLE with what each address said. */
export async function connectEngine(around: Surroundings = surroundings()): Promise<Engine> {
  const candidates = engineCandidates(around);
  const complaints: string[] = [];
  for (const address of candidates) {
    const docker = new Docker(connectionOptions(address, around.env));
    try {
      await Promise.race([docker.ping(), silence()]);
      return { docker, address };
    } catch (thrown) {
      complaints.push(`${address.host} (${address.source}): ${explain(thrown)}`);
    }
  }
  const permission = complaints.some((text) => text.includes('EACCES'));
  throw new ShoalError(
    'ENGINE_UNREACHABLE',
    complaints.length === 0 ? 'no Docker engine was found' : `no Docker engine answers: ${complaints.join('; ')}`,
    {
      next: permission
        ? 'Add yourself to the group of the socket (`sudo usermod -aG docker $USER`, then log in again), or run this as root.'
        : 'Start Docker, or let `shoal engine start` do it; DOCKER_HOST names an engine elsewhere.',
    },
  );
}

/** Rejects once an address has been silent for too long; dockerode's ping takes no signal. */
const silence = (): Promise<never> =>
  new Promise((_, reject) => {
    const signal = AbortSignal.timeout(patienceMs);
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${patienceMs / 1000} s`)), { once: true });
  });

function explain(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'ENOENT') return 'there is no such socket';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (code === 'EACCES') return 'this user may not use it (EACCES)';
  return messageOf(thrown);
}
