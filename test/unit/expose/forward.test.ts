import { type AddressInfo, connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { createForwarders } from '../../../src/gateway/expose/forward.ts';

const host = '127.0.0.1';

/** A port that nobody listens at. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer();
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

test('a connection is passed on whole, to the last byte after the other side has ended', async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => {
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk.toString();
    });
    socket.once('end', () => socket.end(`heard ${heard}`));
  });
  await new Promise<void>((resolve) => void echo.listen(0, host, () => resolve()));
  const behind = (echo.address() as AddressInfo).port;
  const port = await freePort();
  const forwarders = createForwarders(
    host,
    async () => connect({ host, port: behind, allowHalfOpen: true }),
    () => undefined,
  );
  forwarders.set(new Set([port]));
  const ask = async (word: string): Promise<string> => {
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.end(word);
    return text(socket);
  };
  await expect.poll(() => ask('a word').catch(() => '')).toBe('heard a word');
  expect(await Promise.all(['x', 'y'].map(ask))).toEqual(['heard x', 'heard y']);
  forwarders.set(new Set());
  await expect(ask('anybody?')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  echo.close();
});

test('where nobody answers the connection is reset, and said', async () => {
  const port = await freePort();
  const faults: string[] = [];
  const forwarders = createForwarders(
    host,
    () => Promise.reject(new Error('no endpoint')),
    (_, thrown) => void faults.push(String(thrown)),
  );
  forwarders.set(new Set([port]));
  await expect.poll(() => text(connect({ host, port })).catch((thrown: NodeJS.ErrnoException) => thrown.code)).toBe('ECONNRESET');
  expect(faults.at(-1)).toBe('Error: no endpoint');
  forwarders.close();
});
