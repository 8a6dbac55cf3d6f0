import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { claimedPorts, isFree, pickPort } from '../../../src/cluster/ports.ts';
import type { NodeState } from '../../../src/cluster/provider.ts';

const wish = (port: number) => ({ host: '127.0.0.1', port, from: 8080, purpose: 'the gateway' });
const freeExcept =
  (...taken: number[]) =>
  async (_: string, port: number): Promise<boolean> =>
    !taken.includes(port);

describe('pickPort', () => {
  test.each([
    ['the first where nothing is in the way', 0, [], [], 8080],
    ['the next after strangers', 0, [], [8080, 8081], 8082],
    ['the next after those of stopped clusters', 0, [8080, 8082], [8081], 8083],
    ['the one that was asked for', 9000, [], [], 9000],
  ])('%s', async (_, port, claimed, taken, expected) => {
    expect(await pickPort(wish(port), new Set(claimed), freeExcept(...taken))).toBe(expected);
  });

  test.each([
    ['a stranger has it', [], [9000]],
    ['a stopped cluster will want it again', [9000], []],
  ])('the port that was asked for is refused when %s', async (_, claimed, taken) => {
    await expect(pickPort(wish(9000), new Set(claimed), freeExcept(...taken))).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });

  test('gives up when a whole span is taken', async () => {
    await expect(pickPort(wish(0), new Set(), async () => false)).rejects.toMatchObject({ code: 'PORT_TAKEN' });
  });
});

test('a port that is listened on is not free, and is again afterwards', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  expect(await isFree('127.0.0.1', port)).toBe(false);
  await new Promise((resolve) => server.close(resolve));
  expect(await isFree('127.0.0.1', port)).toBe(true);
});

test('ports of all nodes count as claimed, running or not', () => {
  const port = (hostPort: number) => ({ host: '127.0.0.1', hostPort, containerPort: 1, protocol: 'tcp' as const });
  const nodes = [
    { running: true, ports: [port(6443), port(8080)] },
    { running: false, ports: [port(6444)] },
  ] as NodeState[];
  expect(claimedPorts(nodes)).toEqual(new Set([6443, 8080, 6444]));
});
