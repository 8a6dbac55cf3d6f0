import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HTTPGetAction } from '../../api/types/core-v1.ts';
import { type ProbeOutcome, socketProblem } from './outcome.ts';

const longestBody = 10 * 1024;
const mostRedirects = 10;
/** The statuses whose Location a client goes to; 300 and 304 are answers of their own. */
const followed: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HttpTarget {
  url: URL;
  headers: Record<string, string>;
}

/** The request of an httpGet action: kube-probe's own headers unless the action sets them; an empty value removes one. */
export function httpTarget(action: HTTPGetAction, podIP: string, port: number): HttpTarget {
  const host = action.host === undefined || action.host === '' ? podIP : action.host;
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = action.path ?? '/';
  const url = new URL(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? path : `/${path}`}`);
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) {
    const key = name.toLowerCase();
    if (value === '' && (key === 'accept' || key === 'user-agent')) delete headers[key];
    else headers[key] = value;
  }
  return { url, headers };
}

/**
 * 200 to 299 is success. Redirects are followed on the same host name; one that is not (to elsewhere, or one that names no place)
 * is a success with a warning. Certificates are not checked.
 */
export async function probeHttp(target: HttpTarget, timeoutMs: number, redirects = 0): Promise<ProbeOutcome> {
  const { url, headers } = target;
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await new Promise<{ status: number; body: string; location: string | undefined } | Error>((resolve) => {
    const options = { headers, signal, agent: false as const, rejectUnauthorized: false };
    const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = make(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (): void =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), location: response.headers.location });
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= longestBody) chunks.push(chunk);
        else response.destroy();
      });
      response.on('close', done);
      response.on('error', resolve);
    });
    request.on('error', resolve);
    request.end();
  });
  if (answer instanceof Error) {
    const why = signal.aborted ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)' : socketProblem(answer, url);
    return { result: 'failure', output: `Get ${JSON.stringify(url.href)}: ${why}` };
  }
  if (followed.has(answer.status) && answer.location !== undefined) {
    const next = new URL(answer.location, url);
    if (next.hostname !== url.hostname) return unfollowed(answer.body);
    if (redirects >= mostRedirects) return { result: 'failure', output: `Get ${JSON.stringify(next.href)}: stopped after 10 redirects` };
    return probeHttp({ url: next, headers }, timeoutMs, redirects + 1);
  }
  if (answer.status >= 300 && answer.status < 400) return unfollowed(answer.body);
  if (answer.status >= 200 && answer.status < 300) return { result: 'success', output: answer.body };
  return { result: 'failure', output: `HTTP probe failed with statuscode: ${answer.status}` };
}

const unfollowed = (body: string): ProbeOutcome => ({ result: 'warning', output: `Probe terminated redirects, Response body: ${body}` });
