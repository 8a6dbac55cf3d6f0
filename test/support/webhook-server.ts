import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCA, issueCert } from '../../src/util/pki.ts';

// biome-ignore lint/suspicious/noExplicitAny: reviews are looked into by path
export type Loose = any;

/** What a webhook answers: the response part without its uid, or any whole answer. */
export type Answer = Loose;

export interface WebhookServer {
  port: number;
  /** For `clientConfig.caBundle`. */
  caBundle: string;
  /** `clientConfig` by address. */
  at(path: string): { url: string; caBundle: string };
  /** Requests as they came, by path. */
  seen(path: string): Loose[];
  close(): Promise<void>;
}

/** `raw` answers as it is; `response` is put into a review of the request's version; `hang` never answers. */
export type Handler = (request: Loose, review: Loose) => { response: Loose } | { raw: string; status?: number } | 'hang';

/** An HTTPS server of webhooks, each path with its own; certified for the loopback and for the given names. */
export async function startWebhookServer(handlers: Record<string, Handler>, names: string[] = []): Promise<WebhookServer> {
  const ca = await createCA('webhook-ca');
  const serving = await issueCert(ca, { commonName: 'webhook', dnsNames: ['localhost', ...names], ips: ['127.0.0.1'], usages: ['server'] });
  const seen = new Map<string, Loose[]>();
  const server = createServer({ cert: serving.cert, key: serving.key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const path = (incoming.url ?? '').replace(/\?.*/, '');
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Loose;
      seen.set(path, [...(seen.get(path) ?? []), review.request]);
      const answer = handlers[path]?.(review.request, review) ?? { raw: 'no such webhook', status: 404 };
      if (answer === 'hang') return;
      if ('raw' in answer) {
        response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
        response.end(answer.raw);
        return;
      }
      const body = { apiVersion: review.apiVersion, kind: review.kind, response: { uid: review.request.uid, ...answer.response } };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(ca.cert).toString('base64');
  return {
    port,
    caBundle,
    at: (path) => ({ url: `https://127.0.0.1:${port}${path}`, caBundle }),
    seen: (path) => seen.get(path) ?? [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const allow = { response: { allowed: true } };
/** A JSON Patch as webhooks send it. */
export const patch = (...operations: object[]) => ({
  response: { allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') },
});
