import https from 'node:https';
import { ApiError } from '../api/status.ts';
import { messageOf } from '../util/errors.ts';
import { errorFromBody, transportError } from './transport.ts';

/** Where an API server is, and what it knows us by; PEM. */
export interface Access {
  server: string;
  ca: string;
  cert: string;
  key: string;
}

export interface PodLogOptions {
  namespace: string;
  pod: string;
  container: string;
  /** How much of the past comes first. */
  tailLines: number;
  signal: AbortSignal;
}

/**
 * The lines of a container's log and then those that come, in bunches as they arrive; ends with the container or the
 * signal. Fails with `ApiError`, such as BadRequest for a container that has not started.
 */
export async function* followPodLog(
  access: Access,
  { namespace, pod, container, tailLines, signal }: PodLogOptions,
): AsyncGenerator<string[]> {
  const query = new URLSearchParams({ follow: 'true', container, tailLines: String(tailLines) });
  const url = new URL(`/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`, access.server);
  try {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const { ca, cert, key } = access;
      https.get(url, { ca, cert, key, agent: false, signal }, resolve).on('error', reject);
    });
    response.setEncoding('utf8');
    const code = response.statusCode ?? 500;
    if (code >= 400) throw errorFromBody(code, await textOf(response));
    let pending = '';
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (pending + chunk).split('\n');
      pending = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
    if (pending !== '') yield [pending];
  } catch (thrown) {
    if (signal.aborted) return;
    throw thrown instanceof ApiError ? thrown : transportError(`the log of ${pod} broke off: ${messageOf(thrown)}`, thrown);
  }
}

async function textOf(response: AsyncIterable<string>): Promise<unknown> {
  let text = '';
  for await (const chunk of response) text += chunk;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
