import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { placeNodes } from '../../../src/cluster/plan.ts';
import { clusterLabels, type NodeState } from '../../../src/cluster/provider.ts';
import { localRegistryHosting, registryAt, registryEnvironment, registryOfNode } from '../../../src/cluster/registry.ts';
import { type ClusterSpec, defaultClusterSpec } from '../../../src/cluster/spec.ts';
import { statusOfNodes } from '../../../src/cluster/status.ts';
import { nodeStep } from '../../../src/cluster/steps/node.ts';
import { upSteps } from '../../../src/cluster/up.ts';

const plain = defaultClusterSpec('lab', 1);
const asked: ClusterSpec = { ...plain, registry: { port: 5001 } };
const controlPlane = (spec: ClusterSpec): NodeState => ({
  name: 'lab-control-plane',
  cluster: 'lab',
  role: 'control-plane',
  running: true,
  startedAt: 0,
  exitCode: undefined,
  ip: placeNodes(spec, '10.201.7.0/24').get('lab-control-plane')?.ip ?? '',
  ports: [],
  labels: { [clusterLabels.spec]: JSON.stringify(spec) },
});

test('tools are told of the registry as KEP-1755 has it', () => {
  const { metadata, data } = localRegistryHosting(registryAt(5001, '10.201.7.2'));
  expect(metadata).toMatchObject({ namespace: 'kube-public', name: 'local-registry-hosting' });
  expect(parse(data?.['localRegistryHosting.v1'] ?? '')).toEqual({
    host: 'localhost:5001',
    hostFromContainerRuntime: 'localhost:5001',
    hostFromClusterNetwork: '10.201.7.2:5000',
  });
});

test('nodes, also those that come later, are told where it is, and those of other clusters nothing', () => {
  expect(registryEnvironment(registryOfNode(controlPlane(asked)))).toEqual({
    SHOAL_REGISTRY_PORT: '5001',
    SHOAL_REGISTRY_ADDRESS: '10.201.7.2:5000',
  });
  expect(registryEnvironment(registryOfNode(controlPlane(plain)))).toEqual({});
});

test('the status shows it', () => {
  expect(statusOfNodes([controlPlane(asked)]).registry).toEqual({ host: 'localhost:5001' });
  expect(statusOfNodes([controlPlane(plain)])).not.toHaveProperty('registry');
});

test('workers wait for the control plane, where its port is chosen; without a registry nobody waits', () => {
  const worker = (spec: ClusterSpec) => spec.nodes.filter((node) => node.role === 'worker').flatMap((node) => nodeStep(node, spec).needs);
  expect(worker(asked)).toContain('node:lab-control-plane');
  expect(worker(plain)).not.toContain('node:lab-control-plane');
  const ids = (spec: ClusterSpec) => upSteps(spec).map((step) => step.id);
  expect(ids(asked).filter((id) => !ids(plain).includes(id))).toEqual(['registry']);
});
