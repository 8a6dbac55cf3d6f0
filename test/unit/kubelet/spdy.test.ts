import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { spdyHeader, spdyServer } from '../../../src/kubelet/server/streams/spdy.ts';

/** What kubectl sends first on an exec connection: SYN_STREAM of stream 1 with `streamtype: error` and none of HTTP's headers. */
const kubectlOpens = '80030001000000290000000100000000000078f9e3c6a7c26260606004a7b392a2d4c45c6851c29a0a0a6800000000ffff';

test('a stream that Kubernetes opens arrives with its type', async () => {
  const [client, server] = duplexPair();
  const opened = new Promise<string | undefined>((resolve) => {
    spdyServer(server, (stream) => resolve(spdyHeader(stream, 'streamType')));
  });
  client.write(Buffer.from(kubectlOpens, 'hex'));
  expect(await opened).toBe('error');
});

test('a stream carries more than a window that the client never opens again', async () => {
  const [client, server] = duplexPair();
  spdyServer(server, (stream) => void stream.end(Buffer.alloc(300_000)));
  client.write(Buffer.from(kubectlOpens, 'hex'));
  let received = 0;
  for await (const chunk of client) {
    received += (chunk as Buffer).length;
    if (received > 300_000) break;
  }
  expect(received).toBeGreaterThan(300_000);
});
