import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/api/types/core-v1.ts';
import { placeNodes } from '../../../src/cluster/plan.ts';
import { clustersDirectory, filesIn } from '../../../src/cluster/simulated/files.ts';
import { inOrder, nodeObject, simulatedNodeSubnet, statusOfNode } from '../../../src/cluster/simulated/node-objects.ts';
import { defaultClusterSpec } from '../../../src/cluster/spec.ts';

const spec = defaultClusterSpec('lab', 11);
const places = placeNodes(spec, simulatedNodeSubnet);
const objects = spec.nodes.map((node) => nodeObject(node, places.get(node.name) ?? { ip: '', podCIDR: '' }));
const [controlPlane] = objects;

describe('nodes of a simulated cluster', () => {
  it('say everything about themselves in their Node', () => {
    const [first] = spec.nodes;
    if (first === undefined) throw new Error('the specification has no node');
    const taints = [{ key: 'a', effect: 'NoSchedule' as const }];
    const sized = { ...first, labels: { disk: 'ssd' }, taints, resources: { cpu: 1.5, memory: 1024 ** 3 } };
    const node = nodeObject(sized, { ip: '100.64.0.2', podCIDR: '10.244.0.0/24' });
    expect(node).toMatchObject({
      metadata: { labels: { disk: 'ssd', 'node-role.kubernetes.io/control-plane': '', 'shoal.dev/simulated': 'true' } },
      spec: { taints, podCIDR: '10.244.0.0/24' },
      status: { capacity: { cpu: '1500m', memory: '1Gi' } },
    });
    expect(statusOfNode(node)).toEqual({
      name: 'lab-control-plane',
      role: 'control-plane',
      running: true,
      ip: '100.64.0.2',
      podCIDR: '10.244.0.0/24',
      resources: { cpu: 1.5, memory: 1024 ** 3 },
    });
  });

  it.each<[string, Partial<Node['metadata']>, string | undefined, object]>([
    ['runs and has said nothing yet', {}, undefined, { running: true }],
    ['is Ready', {}, 'True', { running: true, ready: true }],
    ['is not heard of', {}, 'Unknown', { running: true, ready: false }],
    ['was killed', { annotations: { 'shoal.dev/killed': '2026-01-01T00:00:00Z' } }, 'Unknown', { running: false, ready: false }],
  ])('are shown as they are: one that %s', (_, metadata, ready, expected) => {
    const conditions = ready === undefined ? [] : [{ type: 'Ready', status: ready }];
    const node: Node = { ...controlPlane, metadata: { ...controlPlane?.metadata, ...metadata }, status: { conditions } };
    const { running, ready: shown } = statusOfNode(node);
    expect({ running, ...(shown === undefined ? {} : { ready: shown }) }).toEqual(expected);
  });

  it('are listed with the control plane first, and by number', () => {
    const names = inOrder(objects.toReversed().map(statusOfNode)).map(({ name }) => name);
    expect(names).toEqual(spec.nodes.map(({ name }) => name));
  });
});

describe('the directory of a simulated cluster', () => {
  it.each([
    { env: { XDG_STATE_HOME: '/state', HOME: '/home/me' }, expected: '/state/shoal/clusters' },
    { env: { XDG_STATE_HOME: '', HOME: '/home/me' }, expected: '/home/me/.local/state/shoal/clusters' },
  ])('is $expected', ({ env, expected }) => expect(clustersDirectory(env)).toBe(expected));

  it('holds the socket, unless its path is too long for one', () => {
    expect(filesIn('/state/lab').socket).toBe('/state/lab/server.sock');
    const { socket } = filesIn(`/${'long/'.repeat(30)}lab`);
    expect(socket.length).toBeLessThan(100);
    expect(socket).not.toBe(filesIn(`/${'long/'.repeat(30)}other`).socket);
  });
});
