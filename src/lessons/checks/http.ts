import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { messageOf } from '../../util/errors.ts';
import type { HttpCheck } from '../lesson.ts';
import type { Finding, Ground } from './ground.ts';
import { listed } from './values.ts';

const requestMs = 2_000;
/** The gateway takes endpoints in turn: twice around, and some for those that have just come. */
const triesForEach = 3;

export function expectedOfHttp({ http }: HttpCheck): string {
  const parts = [
    http.status === undefined ? '' : ` with status ${http.status}`,
    http.matches === undefined ? '' : ` with a page that matches ${http.matches}`,
    http.distinct === undefined ? '' : ` from ${http.distinct} different copies`,
  ];
  return `Service ${http.service} answers${parts.filter((part) => part !== '').join(' and')}`;
}

export async function lookAtHttp({ http }: HttpCheck, { gateway, namespace }: Ground): Promise<Finding> {
  if (gateway === undefined) return { passed: false, seen: "the gateway's address is not known here" };
  const host = `${http.service}.${namespace}.localhost:${gateway.port}`;
  const found = new Set<string>();
  const tries = http.distinct === undefined ? 1 : http.distinct * triesForEach;
  for (let asked = 0; asked < tries; asked++) {
    const answer = await fetchPage(gateway, host, http.path ?? '/').catch((thrown: unknown) => messageOf(thrown));
    if (typeof answer === 'string') return { passed: false, seen: `no answer: ${answer}` };
    const { status, body } = answer;
    if (status !== (http.status ?? 200)) return { passed: false, seen: `status ${status}: ${firstWords(body)}` };
    if (http.matches !== undefined && !new RegExp(http.matches).test(body))
      return { passed: false, seen: `a page that says ${firstWords(body)}` };
    if (http.of === undefined) return { passed: true, seen: `status ${status}` };
    found.add(new RegExp(http.of).exec(body)?.[1] ?? '');
    if (found.size >= (http.distinct ?? 1)) return { passed: true, seen: `answers from ${listed([...found])}` };
  }
  return { passed: false, seen: `answers from ${listed([...found])}` };
}

/** Names below `.localhost` are loopback in browsers and curl, but not in every resolver: so the name goes into the Host header. */
function fetchPage(gateway: URL, host: string, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const hostname = gateway.hostname.endsWith('localhost') ? '127.0.0.1' : gateway.hostname;
    const asked = request({ host: hostname, port: gateway.port, path, headers: { host }, agent: false, timeout: requestMs });
    asked.once('timeout', () => asked.destroy(new Error(`silent for ${requestMs / 1000} s`)));
    asked.once('error', reject);
    asked.once('response', (response: IncomingMessage) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asked.end();
  });
}

/** The text of a page without its markup, cut to a line. */
function firstWords(body: string): string {
  const plain = body
    .replace(/<(style|script|head)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > 100 ? `${plain.slice(0, 100)}…` : plain;
}
