import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import * as dns from 'dns-packet';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import { type Lookup, lookup, TTL, type ZoneView } from './records.ts';
import { type Forward, framed } from './upstream.ts';

const AUTHORITATIVE = dns.AUTHORITATIVE_ANSWER;
const NXDOMAIN = 3;
const SERVFAIL = 2;

/** The answer to one packet: from the zone, or from upstream for names that are not the cluster's. */
export async function respond(view: ZoneView, forward: Forward, packet: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
  let query: dns.DecodedPacket;
  try {
    query = dns.decode(packet);
  } catch {
    return undefined;
  }
  const question = query.questions?.[0];
  if (question === undefined || query.type === 'response') return undefined;
  const found = lookup(view, question);
  if (found.kind === 'foreign') {
    try {
      return await forward(packet, transport);
    } catch {
      return encode(query, { kind: 'empty' }, view, SERVFAIL, transport);
    }
  }
  const whole =
    found.kind === 'answers' ? { ...found, answers: await followAlias(view, forward, found.answers, question, transport) } : found;
  return encode(query, whole, view, found.kind === 'nxdomain' ? NXDOMAIN : 0, transport);
}

/**
 * What an alias points at goes into the same answer, as CoreDNS has it: resolvers in pods do not ask again. What cannot be
 * found leaves the alias alone.
 */
async function followAlias(
  view: ZoneView,
  forward: Forward,
  answers: dns.Answer[],
  question: dns.Question,
  transport: 'udp' | 'tcp',
): Promise<dns.Answer[]> {
  const all = [...answers];
  for (;;) {
    const last = all.at(-1);
    if (last?.type !== 'CNAME' || question.type === 'CNAME') break;
    if (all.some(({ name }) => name === last.data)) break;
    const next = { ...question, name: last.data };
    const found = lookup(view, next);
    if (found.kind === 'answers') all.push(...found.answers);
    else if (found.kind !== 'foreign') break;
    else {
      const packet = dns.encode({ type: 'query', id: 0, flags: dns.RECURSION_DESIRED, questions: [next] });
      const answer = await forward(packet, transport).catch(() => undefined);
      if (answer !== undefined) all.push(...(dns.decode(answer).answers ?? []));
      break;
    }
  }
  return all;
}

function encode(query: dns.DecodedPacket, found: Lookup, view: ZoneView, code: number, transport: 'udp' | 'tcp'): Buffer {
  const edns = query.additionals?.find((one) => one.type === 'OPT');
  const limit = transport === 'tcp' ? 65_535 : Math.max(512, edns?.type === 'OPT' ? edns.udpPayloadSize : 512);
  const soa: dns.Answer = {
    type: 'SOA',
    name: view.domain,
    ttl: TTL,
    data: {
      mname: `ns.dns.${view.domain}`,
      rname: `hostmaster.${view.domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: TTL,
    },
  };
  const packet: dns.Packet = {
    type: 'response',
    id: query.id ?? 0,
    // The low four bits of the flags are the response code, which the library leaves to its callers.
    flags: (code === SERVFAIL ? 0 : AUTHORITATIVE) | dns.RECURSION_AVAILABLE | ((query.flags ?? 0) & dns.RECURSION_DESIRED) | code,
    questions: query.questions ?? [],
    answers: found.kind === 'answers' ? found.answers : [],
    authorities: found.kind === 'answers' || code === SERVFAIL ? [] : [soa],
    additionals: [
      ...(found.kind === 'answers' ? (found.additionals ?? []) : []),
      ...(edns === undefined ? [] : [{ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as unknown as dns.Answer]),
    ],
  };
  const whole = dns.encode(packet);
  if (whole.length <= limit) return whole;
  return dns.encode({ ...packet, flags: (packet.flags ?? 0) | dns.TRUNCATED_RESPONSE, answers: [], additionals: [] });
}

/** Listens on `address`, UDP and TCP. Resolves when both are open. */
export async function startDnsServer(options: {
  address: string;
  port?: number;
  view: ZoneView;
  forward: Forward;
  log: Logger;
  signal: AbortSignal;
}): Promise<{ port: number }> {
  const { address, view, forward, log, signal } = options;
  const udp = createSocket('udp4');
  udp.on('message', (packet, from) => {
    void respond(view, forward, packet, 'udp').then((answer) => {
      if (answer !== undefined && !signal.aborted) udp.send(answer, from.port, from.address);
    });
  });
  const tcp = createServer((socket) => serveTcp(socket, view, forward));
  udp.on('error', (failure) => log.warn(`dns: ${messageOf(failure)}`));
  const port = await new Promise<number>((resolve, reject) => {
    udp.once('error', reject);
    udp.bind(options.port ?? 53, address, () => resolve(udp.address().port));
  });
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(port, address, resolve);
  });
  signal.addEventListener('abort', () => {
    udp.close();
    tcp.close();
  });
  return { port };
}

function serveTcp(socket: Socket, view: ZoneView, forward: Forward): void {
  let received = Buffer.alloc(0);
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const packet = received.subarray(2, 2 + received.readUInt16BE(0));
      received = received.subarray(2 + packet.length);
      void respond(view, forward, Buffer.from(packet), 'tcp').then((answer) => {
        if (answer !== undefined && !socket.destroyed) socket.write(framed(answer));
      });
    }
  });
}
