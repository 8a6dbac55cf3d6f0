import { Agent, type RequestOptions, request } from 'node:https';
import { connect } from 'node:tls';
import { type Random, randomOf } from '../../support/random.ts';
import type { FuzzRequest, Sender } from './requests.ts';
import type { ServerFacts } from './server.ts';

/** What came of a request. `status` 0 is a connection that ended without an answer. */
export interface Outcome {
  status: number;
  body: string;
  ms: number;
}

/** No answer takes this long; watches and streams are left before. */
const patienceMs = 120_000;
const shownBytes = 4096;

export function createSender(facts: ServerFacts) {
  const plain = { ca: facts.ca, keepAlive: true, maxSockets: 64 };
  const certified = new Agent({ ...plain, ...facts.admin });
  const bare = new Agent(plain);
  const authorization: Partial<Record<Sender, string>> = { reader: `Bearer ${facts.readerToken}`, forger: 'Bearer a.b.c' };

  const optionsFor = (one: FuzzRequest): RequestOptions => ({
    host: '127.0.0.1',
    port: facts.port,
    method: one.method,
    path: one.path,
    agent: one.sender === 'admin' ? certified : bare,
    // Sometimes a body of a length that nobody was told of: what follows it is then no request.
    headers: {
      ...(one.body === undefined || one.way === 'slow' || one.headers['x-0'] !== undefined
        ? {}
        : { 'content-length': String(one.body.length) }),
      ...one.headers,
      ...(authorization[one.sender] === undefined ? {} : { authorization: authorization[one.sender] }),
    },
  });

  const throughClient = (one: FuzzRequest, random: Random): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const chunks: Buffer[] = [];
      let status = 0;
      const done = (): void => {
        clearTimeout(late);
        clearTimeout(leaving);
        resolve({ status, body: Buffer.concat(chunks).toString('utf8').slice(0, shownBytes), ms: performance.now() - start });
      };
      const outgoing = request(optionsFor(one));
      const streaming = /[?&](watch|follow)=|\/watch\//.test(one.path);
      const late = setTimeout(
        () => {
          outgoing.destroy();
          if (streaming) done();
          else reject(new Error(`no whole answer within ${patienceMs} ms`));
        },
        streaming ? 100 + random.below(1500) : patienceMs,
      );
      const leaving = one.way === 'dropped' ? setTimeout(() => outgoing.destroy(), random.below(50)) : undefined;
      outgoing.on('response', (incoming) => {
        status = incoming.statusCode ?? 0;
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          if (size < shownBytes) chunks.push(chunk);
          size += chunk.length;
        });
        incoming.on('close', done);
        incoming.on('error', done);
      });
      outgoing.on('upgrade', (incoming, socket) => {
        status = incoming.statusCode ?? 0;
        socket.destroy();
        done();
      });
      outgoing.on('error', done);
      outgoing.on('close', () => setImmediate(done));
      if (one.way === 'slow') void dribble(one.body ?? Buffer.alloc(0), random, outgoing);
      else outgoing.end(one.body);
    });

  const throughBytes = ({ pieces = [] }: FuzzRequest, random: Random): Promise<Outcome> =>
    new Promise((resolve) => {
      const start = performance.now();
      let received = '';
      const socket = connect({ host: '127.0.0.1', port: facts.port, ca: facts.ca, ...facts.admin });
      const end = (): void => {
        clearTimeout(leaving);
        socket.destroy();
        const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, code]) => Number(code));
        resolve({ status: Math.max(0, ...statuses), body: received.slice(0, shownBytes), ms: performance.now() - start });
      };
      const leaving = setTimeout(end, 50 + random.below(400));
      socket.on('secureConnect', () => {
        for (const piece of pieces) if (!socket.destroyed) socket.write(piece);
        if (random.chance(0.3)) socket.end();
      });
      socket.on('data', (chunk: Buffer) => {
        if (received.length < shownBytes) received += chunk.toString('latin1');
      });
      socket.on('error', () => undefined);
      socket.on('close', end);
    });

  return {
    send(one: FuzzRequest, seed: number, index: number): Promise<Outcome> {
      const random = randomOf(seed, index, 1);
      return one.way === 'raw' ? throughBytes(one, random) : throughClient(one, random);
    },
    close() {
      certified.destroy();
      bare.destroy();
    },
  };
}

/** A body in pieces, with pauses; sometimes never whole. */
async function dribble(body: Buffer, random: Random, into: ReturnType<typeof request>): Promise<void> {
  const size = Math.max(1, Math.ceil(body.length / 5));
  const whole = random.chance(0.5);
  for (let at = 0; at < body.length && !into.destroyed; at += size) {
    into.write(body.subarray(at, at + size));
    await new Promise((resolve) => setTimeout(resolve, random.below(40)));
    if (!whole && random.chance(0.3)) into.destroy();
  }
  if (!into.destroyed) into.end();
}
