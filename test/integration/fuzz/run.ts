import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { env as environment } from 'node:process';
import { allocatorEnvironment } from '../../../src/util/allocator.ts';
import { delay, systemClock } from '../../../src/util/clock.ts';
import { isDocumented } from './documented.ts';
import { type FuzzRequest, fuzzRequest } from './requests.ts';
import { createSender, type Outcome } from './send.ts';
import type { Asked, ServerFacts, ServerFigures } from './server.ts';
import type { ClientReport } from './valid-client.ts';

export interface FuzzOptions {
  seed: number;
  /** The first request, for going back to one; default 0. */
  from?: number;
  requests: number;
  concurrency?: number;
}

export interface FuzzReport {
  /** Status code → answers; 0 for connections that ended without one. */
  statuses: Record<number, number>;
  /** Answers that may not be, with all that is needed to ask again. */
  failures: string[];
  client: ClientReport;
  before: ServerFigures;
  after: ServerFigures;
  seconds: number;
  /** The slowest answers, and how many the valid client got while each was being made. */
  slowest: { ms: number; request: string; servedMeanwhile: number }[];
}

const mostFailures = 20;
/** V8 hands pages back to the system some seconds after the collection that emptied them. */
const handBack = { withinMs: 30_000, lookEveryMs: 500 };

/** Sends the generated requests at a server of their own while a client does its ordinary work. */
export async function fuzz({ seed, from = 0, requests, concurrency = 24 }: FuzzOptions): Promise<FuzzReport> {
  const server = child('server.ts', ['--expose-gc']);
  const client = child('valid-client.ts', []);
  try {
    const facts = await server.answer<ServerFacts>();
    client.process.send(facts);
    await client.answer();
    const sender = createSender(facts);
    const statuses: Record<number, number> = {};
    const failures: string[] = [];
    const slowest: { ms: number; request: string; end: number }[] = [];
    const judge = (one: FuzzRequest, index: number, { status, body, ms }: Outcome): void => {
      statuses[status] = (statuses[status] ?? 0) + 1;
      const text = describeRequest(one, seed, index);
      // An answer to HEAD shows no more than its status.
      const said = one.method === 'HEAD' ? undefined : body;
      if (status >= 500 && !isDocumented(status, said)) failures.push(`${status} ${body.slice(0, 500)}\n  ${text}`);
      if (one.way === 'whole' && (slowest.length < 10 || ms > (slowest.at(-1)?.ms ?? 0))) {
        slowest.push({ ms, request: text, end: performance.timeOrigin + performance.now() });
        slowest.sort((a, b) => b.ms - a.ms).splice(10);
      }
    };
    // What is compiled and cached at first use belongs to the level that memory must come back to.
    await Promise.all(
      Array.from({ length: 200 }, (_, at) => sender.send(fuzzRequest(seed + 1, at), seed + 1, at)).map((sent) =>
        sent.catch(() => undefined),
      ),
    );
    await server.ask<ServerFigures>('clear');
    const before = await server.ask<ServerFigures>('figures');
    const start = performance.now();
    let next = from;
    const work = async (): Promise<void> => {
      while (next < from + requests && failures.length < mostFailures && server.process.exitCode === null) {
        const index = next++;
        const one = fuzzRequest(seed, index);
        try {
          judge(one, index, await sender.send(one, seed, index));
        } catch (thrown) {
          failures.push(`${String(thrown)}\n  ${describeRequest(one, seed, index)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    const seconds = (performance.now() - start) / 1000;
    sender.close();
    const report = await client.ask<ClientReport>('stop');
    const { longestStallMs } = await server.ask<ServerFigures>('figures');
    await server.ask<ServerFigures>('clear');
    const after = { ...(await settled(() => server.ask<ServerFigures>('figures'), before.rss)), longestStallMs };
    return {
      statuses,
      failures,
      client: report,
      before,
      after,
      seconds,
      slowest: slowest.map(({ ms, request, end }) => ({
        ms,
        request,
        servedMeanwhile: report.answeredAt.filter((at) => at > end - ms && at < end).length,
      })),
    };
  } finally {
    client.process.kill();
    server.process.kill();
  }
}

/** The server's figures once it holds no more than `level` bytes, or as they are when it has had the time to give memory back. */
async function settled(ask: () => Promise<ServerFigures>, level: number): Promise<ServerFigures> {
  const until = systemClock.now() + handBack.withinMs;
  for (;;) {
    const figures = await ask();
    if (figures.rss <= level || systemClock.now() > until) return figures;
    await delay(systemClock, handBack.lookEveryMs);
  }
}

/** One of the programs beside this file, in a process of its own. Whatever is waited for rejects when it ends. */
function child(name: string, execArgv: string[]) {
  const process = fork(new URL(name, import.meta.url), {
    execArgv,
    env: { ...environment, ...allocatorEnvironment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  }) as ChildProcess & {
    send(message: unknown): boolean;
  };
  const ended = once(process, 'exit').then(([code, signal]) => {
    throw new Error(`${name} ended with ${code ?? signal}`);
  });
  ended.catch(() => undefined);
  const answer = async <T>(): Promise<T> => {
    const [message] = await Promise.race([once(process, 'message'), ended]);
    return message as T;
  };
  return {
    process,
    answer,
    ask<T>(message: Asked | 'stop'): Promise<T> {
      const answered = answer<T>();
      process.send(message);
      return answered;
    },
  };
}

/** All that is needed to ask again. */
export function describeRequest({ sender, method, path, headers, body, way, pieces }: FuzzRequest, seed: number, index: number): string {
  const content = pieces === undefined ? (body ?? Buffer.alloc(0)) : Buffer.concat(pieces);
  const shown = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}… (${text.length})` : text);
  return `SHOAL_FUZZ_SEED=${seed} SHOAL_FUZZ_FROM=${index} SHOAL_FUZZ_REQUESTS=1: ${sender} ${way} ${method} ${shown(path, 300)} ${shown(JSON.stringify(headers), 400)} ${shown(JSON.stringify(content.toString('latin1')), 400)}`;
}
