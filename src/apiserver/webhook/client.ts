import { Agent, request } from 'node:https';
import { goSyntaxError } from '../../api/go-json.ts';
import { kinds } from '../../api/scheme.ts';
import { isNotFound } from '../../api/status.ts';
import type { ServiceReference, WebhookClientConfig } from '../../api/types/admissionregistration-v1.ts';
import type { Service } from '../../api/types/core-v1.ts';
import { objectKey } from '../../store/keys.ts';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { type EndpointSource, serviceEndpoint } from '../service/endpoint.ts';
import { causeText } from './cause.ts';

/** A webhook may answer this much; upstream sets no bound, but a server must not be filled up by one. */
const longestAnswer = 16 * 1024 * 1024;
/** Connections of a webhook that was not called for this long are closed. */
const idleMs = 90_000;

export interface WebhookCall {
  /** `url` or `service`, and the authority that its certificate must come from (system roots when absent). */
  config: WebhookClientConfig;
  body: unknown;
  timeoutSeconds: number;
  /** Ends the call when the request it is made for ends. */
  signal?: AbortSignal;
}

/** Calls admission and conversion webhooks. */
export interface WebhookClient {
  /** The decoded JSON answer. Throws an `Error` with upstream's text (`Post "https://…": …`) when there is none. */
  post(call: WebhookCall): Promise<unknown>;
  close(): void;
}

interface Place {
  host: string;
  port: number;
  path: string;
  servername: string;
}

/**
 * One client for all webhooks of a server. Connections are kept and reused by address and authority (upstream:
 * util/webhook.ClientManager). Services are resolved to their endpoints at each call.
 */
export function createWebhookClient(options: EndpointSource & { clock: Clock }): WebhookClient {
  const agents = new Map<string, Agent>();
  const agentFor = (ca: string | undefined): Agent => {
    const key = ca ?? '';
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = new Agent({ keepAlive: true, timeout: idleMs, ...(ca === undefined ? {} : { ca }) });
    agents.set(key, agent);
    return agent;
  };
  return {
    async post({ config, body, timeoutSeconds, signal }) {
      // As messages show it: with the Service's name, not the endpoint behind it.
      const shown = urlOf(config, `timeout=${timeoutSeconds}s`);
      const deadline = new AbortController();
      const timer = options.clock.after(timeoutSeconds * 1000, () => deadline.abort(), { unref: true });
      const leave = (): void => deadline.abort();
      signal?.addEventListener('abort', leave, { once: true });
      try {
        const place = await placeOf(config, shown, options);
        const ca = config.caBundle === undefined || config.caBundle === '' ? undefined : fromBase64(config.caBundle);
        return await send(place, agentFor(ca), JSON.stringify(body), deadline.signal);
      } catch (thrown) {
        if (thrown instanceof AnswerError) throw thrown;
        const cause = deadline.signal.aborted ? 'context deadline exceeded' : causeText(thrown);
        throw new Error(`Post ${JSON.stringify(shown)}: ${cause}`, { cause: thrown });
      } finally {
        timer.cancel();
        signal?.removeEventListener('abort', leave);
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8');

const serviceHost = ({ name, namespace }: ServiceReference): string => `${name}.${namespace}.svc`;

function urlOf({ url, service }: WebhookClientConfig, query: string): string {
  if (service !== undefined) return `https://${serviceHost(service)}:${service.port ?? 443}${service.path ?? '/'}?${query}`;
  const given = url ?? '';
  return `${given}${given.includes('?') ? '&' : '?'}${query}`;
}

async function placeOf({ service }: WebhookClientConfig, shown: string, source: EndpointSource): Promise<Place> {
  const { hostname, port, pathname, search } = new URL(shown);
  const path = pathname + search;
  // Addresses have no server name; Node would refuse one.
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  if (service === undefined) return { host: bare, port: Number(port || 443), path, servername: bare };
  const { namespace, name } = service;
  const to = service.port ?? 443;
  const endpoint = await serviceEndpoint(source, { namespace, name, port: String(to) }).catch(async (thrown: unknown) => {
    // Upstream looks in a cache, whose errors say it in the singular.
    if (isNotFound(thrown)) throw new Error(`service ${JSON.stringify(name)} not found`);
    if (!messageOf(thrown).startsWith('no endpoints available')) throw thrown;
    // It goes by the Service's address, where a Service without endpoints refuses.
    const address = ((await source.store.get(objectKey(kinds.Service, namespace, name)))?.object as Service | undefined)?.spec?.clusterIP;
    throw address === undefined || address === 'None' ? thrown : new Error(`dial tcp ${address}:${to}: connect: connection refused`);
  });
  return { ...endpoint, path, servername: serviceHost(service) };
}

/** The webhook answered, but not with what was asked for. */
class AnswerError extends Error {}

const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');

function send(place: Place, agent: Agent, body: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const outgoing = request({
      host: place.host,
      port: place.port,
      path: place.path,
      method: 'POST',
      agent,
      signal,
      ...(isAddress(place.servername) ? {} : { servername: place.servername }),
      headers: {
        accept: 'application/json, */*',
        'content-type': 'application/json',
        'content-length': bytes.length,
        'user-agent': 'kube-apiserver-admission',
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('error', reject);
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > longestAnswer) outgoing.destroy(new Error('http: response body too large'));
        else chunks.push(chunk);
      });
      incoming.on('end', () => {
        try {
          resolve(answerOf(incoming.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
    outgoing.end(bytes);
  });
}

/** Upstream's rest client words refusals so. */
const refusals: Record<number, string> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'forbidden',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
};

function answerOf(status: number, text: string): unknown {
  if (status < 200 || status > 206) {
    const known = refusals[status];
    if (known !== undefined) throw new AnswerError(known);
    throw new AnswerError(
      status >= 500
        ? `an error on the server (${JSON.stringify(text.trim().slice(0, 2048))}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw new AnswerError(`couldn't get version/kind; json parse error: ${goSyntaxError(text) ?? messageOf(thrown)}`);
  }
}
