import type Dockerode from 'dockerode';
import type { Logger } from '../../../util/log.ts';
import { RuntimeError, type RuntimeErrorCode } from '../runtime.ts';

/** What the files of this folder share: the engine and the facts about it that decide how containers are made. */
export interface DockerContext {
  docker: Dockerode;
  log: Logger;
  /** Lower-case capability names that this node can hand to a container. */
  capabilities: readonly string[];
  /** True when the node may use `--privileged`: it holds every capability the kernel knows. */
  fullyPrivileged: boolean;
  /** Path of a static program that holds namespaces and reaps (`catatonit`), made into the sandbox image. */
  pauseProgram: string;
}

export const labels = {
  type: 'io.kubernetes.docker.type',
  sandboxId: 'io.kubernetes.sandbox.id',
  attempt: 'io.kubernetes.attempt',
  pod: 'dev.shoal.pod',
} as const;

const statusCode = (thrown: unknown): number | undefined =>
  typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown && typeof thrown.statusCode === 'number'
    ? thrown.statusCode
    : undefined;

export const isMissing = (thrown: unknown): boolean => statusCode(thrown) === 404;
/** 304: already started or stopped. */
export const isUnchanged = (thrown: unknown): boolean => statusCode(thrown) === 304;
/** 409: a container of that name exists, or one that is being removed already. */
export const isInConflict = (thrown: unknown): boolean => statusCode(thrown) === 409;

/** The engine's own sentence, without dockerode's `(HTTP code …)` prefix. */
export function engineMessage(thrown: unknown): string {
  const json = typeof thrown === 'object' && thrown !== null && 'json' in thrown ? thrown.json : undefined;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') return json.message;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}

/** Wraps a failed engine call: no answer at all is `unavailable`, anything else the given code. */
export function runtimeError(code: RuntimeErrorCode, thrown: unknown): RuntimeError {
  if (thrown instanceof RuntimeError) return thrown;
  if (statusCode(thrown) === undefined && typeof thrown === 'object' && thrown !== null && 'code' in thrown) {
    return new RuntimeError('unavailable', `the container engine does not answer: ${engineMessage(thrown)}`, thrown);
  }
  return new RuntimeError(isMissing(thrown) && code === 'unavailable' ? 'not-found' : code, engineMessage(thrown), thrown);
}

/** Removes a container with its anonymous volumes, running or not; one that is gone, or going, is success. */
export async function forceRemove(docker: Dockerode, id: string): Promise<void> {
  try {
    await docker.getContainer(id).remove({ force: true, v: true });
  } catch (failure) {
    if (!isMissing(failure) && !isInConflict(failure)) throw runtimeError('unavailable', failure);
  }
}
