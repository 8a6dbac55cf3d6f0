/**
 * Child of the fuzz test: a client that does as it should while others do not. It reads, writes, lists and watches one ConfigMap and
 * measures how long each answer takes; any answer but the right one is a fault.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerFacts } from './server.ts';

export interface ClientReport {
  answers: number;
  /** When each answer was whole, milliseconds since the epoch. */
  answeredAt: number[];
  worstMs: number;
  p99Ms: number;
  /** From a write to its event. */
  worstEventMs: number;
  faults: string[];
}

const [facts] = (await once(process, 'message')) as [ServerFacts];
const agent = new Agent({ keepAlive: true, ca: facts.ca, ...facts.admin });
const base = '/api/v1/namespaces/kube-system/configmaps';
const latencies: number[] = [];
const answeredAt: number[] = [];
const faults: string[] = [];
let worstEventMs = 0;
let running = true;

function open(method: string, path: string, body?: object): Promise<IncomingMessage> {
  const asked = request({
    host: '127.0.0.1',
    port: facts.port,
    method,
    path,
    agent,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return once(asked, 'response').then(([response]: IncomingMessage[]) => response as IncomingMessage);
}

async function ask(method: string, path: string, expected: number, body?: object): Promise<string> {
  const start = performance.now();
  const response = await open(method, path, body);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const end = performance.now();
  latencies.push(end - start);
  answeredAt.push(performance.timeOrigin + end);
  const text = Buffer.concat(chunks).toString();
  if (response.statusCode !== expected) faults.push(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`);
  return text;
}

const created = JSON.parse(await ask('POST', base, 201, { metadata: { name: 'steady' } })) as { metadata: { resourceVersion: string } };

/** Times of writes by what they wrote, until their events come. */
const written = new Map<string, number>();
async function watch(): Promise<void> {
  let from = created.metadata.resourceVersion;
  while (running) {
    const response = await open('GET', `${base}?watch=1&fieldSelector=metadata.name%3Dsteady&resourceVersion=${from}`);
    let rest = '';
    for await (const chunk of response) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { object } = JSON.parse(line) as { object: { metadata: { resourceVersion: string }; data?: { at?: string } } };
        from = object.metadata.resourceVersion;
        const at = written.get(object.data?.at ?? '');
        if (at !== undefined) worstEventMs = Math.max(worstEventMs, performance.now() - at);
        written.delete(object.data?.at ?? '');
      }
    }
  }
}
void watch().catch((thrown: unknown) => {
  if (running) faults.push(`watch: ${String(thrown)}`);
});

async function live(): Promise<void> {
  for (let turn = 0; running; turn++) {
    written.set(String(turn), performance.now());
    await ask('PUT', `${base}/steady`, 200, { metadata: { name: 'steady' }, data: { at: String(turn) } });
    if (!(await ask('GET', `${base}/steady`, 200)).includes(`"at":"${turn}"`)) faults.push(`turn ${turn} was not read back`);
    await ask('GET', `${base}?limit=5`, 200);
    await sleep(20);
  }
}
const lived = live().catch((thrown: unknown) => faults.push(String(thrown)));
process.send?.('ready');
await once(process, 'message');
running = false;
await lived;
if (written.size > 1) faults.push(`${written.size} writes without their events`);
latencies.sort((a, b) => a - b);
const report: ClientReport = {
  answers: latencies.length,
  answeredAt,
  worstMs: latencies.at(-1) ?? 0,
  p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  worstEventMs,
  faults,
};
process.send?.(report, () => process.exit(0));
