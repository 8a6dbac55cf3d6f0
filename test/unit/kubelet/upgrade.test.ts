import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { webSocketUpgrade } from '../../../src/kubelet/server/streams/upgrade.ts';

/** The head of the answer to a client that offers these subprotocols. */
async function answerTo(offered: string): Promise<string> {
  const upgrade = webSocketUpgrade(['SPDY/3.1+portforward.k8s.io', 'v5.channel.k8s.io']);
  const server = createServer();
  server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head).then((client) => client.terminate()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const key = Buffer.alloc(16).toString('base64');
  const headers = ['Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`];
  socket.write(`GET / HTTP/1.1\r\n${headers.join('\r\n')}\r\nSec-WebSocket-Protocol: ${offered}\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  server.close();
  return text.split('\r\n\r\n')[0] ?? '';
}

test.each([
  ['SPDY/3.1+portforward.k8s.io', 'SPDY/3.1+portforward.k8s.io'],
  ['v9.channel.k8s.io, v5.channel.k8s.io', 'v5.channel.k8s.io'],
])('of %s it takes %s', async (offered, taken) => {
  const lines = (await answerTo(offered)).split('\r\n');
  expect(lines[0]).toBe('HTTP/1.1 101 Switching Protocols');
  expect(lines).toContain(`Sec-WebSocket-Protocol: ${taken}`);
});
