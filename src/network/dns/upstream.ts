import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, isIPv4 } from 'node:net';
import type { Clock } from '../../util/clock.ts';

/** Sends a packet on and resolves to the answer; rejects when no resolver answers. */
export type Forward = (packet: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer>;

/** The node's own resolvers (`/etc/resolv.conf`), tried in order, two seconds each. */
export function upstreamForward(clock: Clock, resolvers = nodeResolvers()): Forward {
  return async (packet, transport) => {
    let last: unknown = new Error('the node has no resolver');
    for (const resolver of resolvers) {
      try {
        return await (transport === 'udp' ? overUdp(packet, resolver, clock) : overTcp(packet, resolver, clock));
      } catch (thrown) {
        last = thrown;
      }
    }
    throw last;
  };
}

function nodeResolvers(): string[] {
  try {
    const text = readFileSync('/etc/resolv.conf', 'utf8');
    return [...text.matchAll(/^nameserver\s+(\S+)/gm)].flatMap((match) => (isIPv4(match[1] ?? '') ? [match[1] ?? ''] : []));
  } catch {
    return [];
  }
}

const PATIENCE_MS = 2_000;

function overUdp(packet: Buffer, resolver: string, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = clock.after(PATIENCE_MS, () => finish(() => reject(new Error(`${resolver} did not answer in ${PATIENCE_MS} ms`))));
    const finish = (end: () => void): void => {
      timer.cancel();
      socket.close();
      end();
    };
    socket.once('message', (answer) => finish(() => resolve(answer)));
    socket.once('error', (failure) => finish(() => reject(failure)));
    socket.send(packet, 53, resolver);
  });
}

function overTcp(packet: Buffer, resolver: string, clock: Clock): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(53, resolver);
    const timer = clock.after(PATIENCE_MS, () => socket.destroy(new Error(`${resolver} did not answer in ${PATIENCE_MS} ms`)));
    let received = Buffer.alloc(0);
    socket.once('connect', () => socket.write(framed(packet)));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      resolve(received.subarray(2, 2 + received.readUInt16BE(0)));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      timer.cancel();
      reject(new Error(`${resolver} hung up`));
    });
  });
}

/** DNS over TCP: two bytes of length before each message. */
export function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  return Buffer.concat([length, packet]);
}
