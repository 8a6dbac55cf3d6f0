import { describe, expect, it } from 'vitest';
import type { ClusterStatus } from '../../../src/cluster/context.ts';
import type { ClusterDriver } from '../../../src/cluster/driver.ts';
import { everyCluster } from '../../../src/cluster/every-cluster.ts';
import type { SimulatedDriver } from '../../../src/cluster/simulated/driver.ts';
import { defaultClusterSpec } from '../../../src/cluster/spec.ts';
import { type ErrorCode, ShoalError } from '../../../src/util/errors.ts';
import { createLogger } from '../../../src/util/log.ts';

const statusOf = (name: string): ClusterStatus => ({
  name,
  state: 'running',
  nodes: [],
  apiServer: { url: '' },
  gateway: { url: '' },
  kubeconfig: { context: '' },
});

/** `real` is made of containers and `sim` is simulated; `fault` is what the engine answers instead. */
function world(fault?: ErrorCode) {
  const calls: string[] = [];
  const warnings: string[] = [];
  const driver = (sort: string, clusters: string[], broken?: ErrorCode): ClusterDriver => {
    const done = <T>(verb: string, subject: string, value: T) => {
      if (broken !== undefined) return Promise.reject(new ShoalError(broken, 'no engine'));
      calls.push(`${sort} ${verb} ${subject}`);
      return Promise.resolve(value);
    };
    return {
      up: (spec) => done('up', spec.name, { status: statusOf(spec.name), access: {} as never, created: true }),
      list: () => (broken === undefined ? Promise.resolve(clusters.map(statusOf)) : done('list', '', [])),
      down: (name) => done('down', name, clusters.includes(name)),
      lifetime: (name) => done('lifetime', name, {}),
      lifetimes: () => done('lifetimes', '', new Map(clusters.map((name) => [name, {}]))),
      setExpiry: (name) => done('setExpiry', name, undefined),
      status: (name) => done('status', name, statusOf(name)),
      stop: (name) => done('stop', name, undefined),
      start: (name) => done('start', name, undefined),
      machineLogs: (name) => done('machineLogs', name, new Map<string, string>()),
      reset: (name) => done('reset', name, { added: 0, modified: 0, deleted: 0 }),
      capture: (name) => done('capture', name, {} as never),
      bringBack: (name) => done('bringBack', name, { added: 0, modified: 0, deleted: 0 }),
      access: (name) => done('access', name, {} as never),
      addNode: (name) => done('addNode', name, ''),
      removeNode: (node) => done('removeNode', node, undefined),
      killNode: (node) => done('killNode', node, undefined),
      startNode: (node) => done('startNode', node, undefined),
      load: (name) => done('load', name, undefined),
    };
  };
  const simulated: SimulatedDriver = {
    ...driver('simulated', ['sim']),
    has: async (name) => name === 'sim',
    hasNode: async (name) => name === 'sim-worker',
  };
  const log = createLogger('', { write: (line) => void warnings.push(line) });
  return { calls, warnings, every: everyCluster(driver('docker', ['real'], fault), simulated, log) };
}

describe('all clusters of a machine', () => {
  it.each<[string, (every: ClusterDriver) => Promise<unknown>, string]>([
    ['a simulated cluster by its name', (every) => every.stop('sim'), 'simulated stop sim'],
    ['any other name at the engine', (every) => every.stop('real'), 'docker stop real'],
    ['a node by its cluster', (every) => every.killNode('worker', 'sim'), 'simulated killNode worker'],
    ['a simulated node by its own name', (every) => every.startNode('sim-worker'), 'simulated startNode sim-worker'],
    ['any other node at the engine', (every) => every.removeNode('real-worker'), 'docker removeNode real-worker'],
    ['what was asked to be simulated', (every) => every.up(defaultClusterSpec('new', 0), { simulate: true }), 'simulated up new'],
    ['what was not', (every) => every.up(defaultClusterSpec('new', 0)), 'docker up new'],
  ])('finds %s', async (_, act, call) => {
    const { every, calls } = world();
    await act(every);
    expect(calls).toEqual([call]);
  });

  it('lists both sorts, in order', async () => {
    expect((await world().every.list()).map(({ name }) => name)).toEqual(['real', 'sim']);
  });

  it.each([
    { name: 'sim', simulate: false },
    { name: 'real', simulate: true },
  ])('refuses $name for the other sort', async ({ name, simulate }) => {
    await expect(world().every.up(defaultClusterSpec(name, 0), { simulate })).rejects.toMatchObject({ code: 'CLUSTER_EXISTS' });
  });

  it.each<{ fault: ErrorCode; warnings: number }>([
    { fault: 'ENGINE_MISSING', warnings: 0 },
    { fault: 'ENGINE_UNREACHABLE', warnings: 1 },
  ])('goes on with simulated clusters at $fault', async ({ fault, warnings: expected }) => {
    const { every, calls, warnings } = world(fault);
    expect((await every.list()).map(({ name }) => name)).toEqual(['sim']);
    expect(warnings).toHaveLength(expected);
    await every.up(defaultClusterSpec('new', 0), { simulate: true });
    await every.down('sim');
    expect(calls).toEqual(['simulated up new', 'simulated down sim']);
  });

  it('takes a machine without an engine for one without containers, and an engine that is silent not', async () => {
    expect(await world('ENGINE_MISSING').every.down('gone')).toBe(false);
    await expect(world('ENGINE_UNREACHABLE').every.down('gone')).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });
});
