import type { ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../../util/clock.ts';
import { statusOf } from '../pod/pod.ts';
import type { KubeletServerBackend } from './backend.ts';

/** Cuts a stream off after so many bytes, as `limitBytes` asks. */
function firstBytes(limit: number): Transform {
  let left = limit;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length > 0) this.push(part);
      if (left <= 0) this.push(null);
      done();
    },
  });
}

export interface LogTarget {
  namespace: string;
  pod: string;
  container: string;
}

/** Why a container has no log, in upstream's words (validateContainerLogStatus). */
function withoutLog(backend: KubeletServerBackend, { namespace, pod, container }: LogTarget, previous: boolean): string {
  const which = `${JSON.stringify(container)} in pod ${JSON.stringify(pod)}`;
  if (previous) return `previous terminated container ${which} not found`;
  const found = backend.pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === pod);
  const waiting = statusOf(found?.status, container)?.state?.waiting?.reason;
  if (waiting === 'ErrImagePull' || waiting === 'ImagePullBackOff') {
    return `container ${which} is waiting to start: trying and failing to pull image`;
  }
  return waiting === undefined ? `container ${which} is not available` : `container ${which} is waiting to start: ${waiting}`;
}

/** `GET /containerLogs/<namespace>/<pod>/<container>` with PodLogOptions in the query. */
export async function serveLogs(
  backend: KubeletServerBackend,
  clock: Clock,
  target: LogTarget,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const previous = query.get('previous') === 'true';
  const id = await backend.containerId(target.namespace, target.pod, target.container, { previous });
  if (id === undefined) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(withoutLog(backend, target, previous));
    return;
  }
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const source = await backend.runtime.logs(id, {
    follow: query.get('follow') === 'true',
    tailLines: number('tailLines'),
    since: sinceSeconds === undefined ? (sinceTime === null ? undefined : Date.parse(sinceTime)) : clock.now() - sinceSeconds * 1000,
    timestamps: query.get('timestamps') === 'true',
    signal: gone.signal,
  });
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const limit = number('limitBytes');
  const limited = limit === undefined ? source : source.pipe(firstBytes(limit));
  // The client hanging up is the normal end of a followed log.
  await pipeline(limited, response).catch(() => response.destroy());
}
