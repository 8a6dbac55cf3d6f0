import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/cluster/config/load.ts';
import { ShoalError } from '../../../src/util/errors.ts';

const load = (text: string, name?: string) =>
  loadConfig(text, 'cluster.yaml', { defaultName: 'shoal', ...(name === undefined ? {} : { name }) });
function problemsOf(text: string): string[] {
  try {
    load(text);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ShoalError);
    expect((thrown as ShoalError).code).toBe('CONFIG_INVALID');
    return (thrown as ShoalError).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  throw new Error('the file was accepted');
}

describe('cluster.yaml', () => {
  it('has a default for everything', () => {
    expect(load('')).toMatchObject({
      spec: { name: 'shoal', nodes: [{ name: 'shoal-control-plane', role: 'control-plane' }] },
      warnings: [],
    });
  });
  it('gives nodes names, sizes, labels and taints', () => {
    const { spec } = load(`
apiVersion: shoal.dev/v1alpha1
kind: Cluster
name: lab
nodes:
- role: control-plane
- role: worker
  count: 2
  resources: {cpu: 1500m, memory: 1Gi}
  labels: {disk: ssd}
  taints: [{key: dedicated, value: gpu, effect: NoSchedule}]
controllers: {nodeMonitorGracePeriod: 1m30s}
`);
    expect(spec.nodes.map((node) => node.name)).toEqual(['lab-control-plane', 'lab-worker', 'lab-worker2']);
    expect(spec.nodes[2]).toMatchObject({
      resources: { cpu: 1.5, memory: 1024 ** 3 },
      labels: { disk: 'ssd' },
      taints: [{ key: 'dedicated' }],
    });
    expect(spec.controllers).toEqual({ nodeMonitorGracePeriodMs: 90_000, defaultTolerationSeconds: 90 });
  });
  it('lets the flag win over the file', () => expect(load('name: lab', 'mine').spec.name).toBe('mine'));

  it.each([
    ['', undefined],
    ['registry: false', undefined],
    ['registry: true', { port: 0 }],
    ['registry: {}', { port: 0 }],
    ['registry: {port: 5005}', { port: 5005 }],
    // The gateway has another port inside of its node than outside, so that 8080 is left to who wants it.
    ['registry: {port: 8080}', { port: 8080 }],
  ])('%j asks for the registry %o', (text, registry) => expect(load(text).spec.registry).toEqual(registry));

  it('reports every problem at once, where it stands', () => {
    expect(
      problemsOf(`name: Lab
nodes:
- role: worker
  colour: red
- role: master
networking:
  apiServerPort: 70000
`),
    ).toEqual([
      'cluster.yaml:1:7: name: "Lab" must consist of lower-case letters, digits and dashes, and start and end with a letter or digit',
      'cluster.yaml:4:3: nodes[0].colour: unknown field "colour"',
      'cluster.yaml:5:9: nodes[1].role: must be one of control-plane, worker',
      'cluster.yaml:7:18: networking.apiServerPort: must be <= 65535',
    ]);
  });
  it('reports rules between values beside values that are wrong by themselves', () => {
    expect(
      problemsOf(`nodes:
- role: worker
networking: {podSubnet: nope, serviceSubnet: 10.96.0.0/30}
controllers: {nodeMonitorGracePeriod: soon}
colour: red
`),
    ).toEqual([
      'cluster.yaml:2:1: nodes: there must be exactly one control-plane node, not 0',
      'cluster.yaml:3:25: networking.podSubnet: "nope" is not an IPv4 network such as 10.244.0.0/16',
      'cluster.yaml:4:39: controllers.nodeMonitorGracePeriod: "soon" is not a duration such as 40s, 500ms or 1m30s',
      'cluster.yaml:5:1: colour: unknown field "colour"',
    ]);
  });
  const rows: [string, string, string][] = [
    ['broken YAML', 'nodes: [', 'cluster.yaml:1:9: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['no control plane', 'nodes: [{role: worker}]', 'cluster.yaml:1:8: nodes: there must be exactly one control-plane node, not 0'],
    [
      'a size that is none',
      'nodes: [{role: control-plane, resources: {cpu: lots}}]',
      'cluster.yaml:1:48: nodes[0].resources.cpu: "lots" is not a positive quantity such as 2, 1500m or 1Gi',
    ],
    [
      'a size of nothing',
      'nodes: [{role: control-plane, resources: {memory: 0}}]',
      'cluster.yaml:1:51: nodes[0].resources.memory: 0 is not a positive quantity such as 2, 1500m or 1Gi',
    ],
    [
      'a subnet that is none',
      'networking: {podSubnet: 10.0.0.1/16}',
      'cluster.yaml:1:25: networking.podSubnet: "10.0.0.1/16" is not an IPv4 network such as 10.244.0.0/16',
    ],
    [
      'overlapping subnets',
      'networking: {serviceSubnet: 10.244.1.0/24}',
      'cluster.yaml:1:29: networking.serviceSubnet: 10.244.1.0/24 overlaps with podSubnet 10.244.0.0/16',
    ],
    [
      'a duration that is none',
      'controllers: {nodeMonitorGracePeriod: soon}',
      'cluster.yaml:1:39: controllers.nodeMonitorGracePeriod: "soon" is not a duration such as 40s, 500ms or 1m30s',
    ],
    ['a registry that is none', 'registry: maybe', 'cluster.yaml:1:11: registry: must be of type boolean or object'],
    [
      'a registry where the nodes have something else',
      'registry: {port: 10250}',
      'cluster.yaml:1:18: registry.port: 10250 is taken inside the nodes, where the registry has the same port',
    ],
    [
      'a registry at the gateway’s port',
      '{networking: {gatewayPort: 8888}, registry: {port: 8888}}',
      'cluster.yaml:1:52: registry.port: the registry must have another port than the API server and the gateway',
    ],
    ['the wrong kind', 'kind: Deployment', 'cluster.yaml:1:7: kind: must be Cluster'],
  ];
  it.each(rows)('refuses %s', (_what, text, expected) => expect(problemsOf(text)[0]).toBe(expected));
});

describe('kind’s file', () => {
  it('is accepted as it is', () => {
    const { spec, warnings } = load(`
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- role: control-plane
  image: kindest/node:v1.36.0
  extraPortMappings: [{containerPort: 30080, hostPort: 8081}]
- role: worker
  extraMounts: [{hostPath: /data, containerPath: /data}]
networking: {apiServerPort: -1}
featureGates: {SomeGate: true}
`);
    expect(spec.name).toBe('kind');
    expect(spec.nodes).toMatchObject([
      {
        name: 'kind-control-plane',
        taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
        ports: [{ host: '0.0.0.0', hostPort: 8081, containerPort: 30080, protocol: 'tcp' }],
      },
      { name: 'kind-worker', taints: [], mounts: [{ hostPath: '/data', containerPath: '/data', readOnly: false }] },
    ]);
    expect(spec.networking.apiServerPort).toBe(0);
    expect(warnings).toHaveLength(2);
  });
  it('does not taint its only node', () => {
    expect(load('{kind: Cluster, apiVersion: kind.x-k8s.io/v1alpha4}').spec.nodes).toMatchObject([{ taints: [] }]);
  });
});
