import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createHealthChecks } from '../../../src/network/services/health-checks.ts';
import { silentLogger } from '../../../src/util/log.ts';

const checks = createHealthChecks(silentLogger);
afterEach(() => checks.close());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('a load balancer is told whether this node has backends, for as long as the service is there', async () => {
  const port = await freePort();
  const ask = () =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then(
      async (answer) => [answer.status, answer.headers.get('x-load-balancing-endpoint-weight'), await answer.json()],
      () => 'closed',
    );
  const answer = (localEndpoints: number) => ({ service: { namespace: 'shop', name: 'web' }, localEndpoints, serviceProxyHealthy: true });
  checks.set([{ namespace: 'shop', name: 'web', port, localEndpoints: 2 }]);
  await expect.poll(ask).toEqual([200, '2', answer(2)]);
  checks.set([{ namespace: 'shop', name: 'web', port, localEndpoints: 0 }]);
  expect(await ask()).toEqual([503, '0', answer(0)]);
  checks.set([]);
  await expect.poll(ask).toBe('closed');
});
