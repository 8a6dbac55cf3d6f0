import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import type { PodSpec } from '../../../src/api/types/core-v1.ts';
import { warningsOf } from '../../../src/api/validation/warnings.ts';

const label = '[must not contain dots]';
const container = { name: 'web', image: 'web' };
const named = (name: string, rest: object): KubeObject => ({ metadata: { name, generation: 1 }, ...rest });

describe('warnings about pods', () => {
  test.each<[name: string, spec: Partial<PodSpec>, expected: string[]]>([
    ['nothing odd', {}, []],
    [
      'an old label of nodes',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    ['a volume of old', { volumes: [{ name: 'src', gitRepo: { repository: 'r' } }] }, ['spec.volumes[0].gitRepo: deprecated in v1.11']],
    [
      'a variable set twice',
      {
        containers: [
          {
            ...container,
            env: [
              { name: 'A', value: '1' },
              { name: 'A', value: '$(A):2' },
              { name: 'A', value: '3' },
            ],
          },
        ],
      },
      ['spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'half a byte',
      { initContainers: [{ ...container, resources: { limits: { memory: '1500m' } } }] },
      ['spec.initContainers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer'],
    ],
    [
      'a port named twice',
      { containers: [{ ...container, ports: [{ containerPort: 80 }, { containerPort: 80 }, { containerPort: 80, hostPort: 80 }] }] },
      [
        'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
      ],
    ],
    [
      'pods to spread with that are none',
      { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
    [
      'an address of the host without a port of it',
      { containers: [{ ...container, ports: [{ name: 'http', containerPort: 80, hostIP: '10.0.0.1' }] }] },
      ['spec.containers[0].ports[0]: hostIP set without hostPort: {Name:http HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}'],
    ],
    [
      'half a byte of overhead',
      { overhead: { cpu: '1500m', memory: '1500m' } },
      ['spec.overhead[memory]: fractional byte value "1500m" is invalid, must be an integer'],
    ],
    [
      'half a byte for a while',
      {
        volumes: [
          {
            name: 'v',
            ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '500m' } } } } },
          },
        ],
      },
      [
        'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]: fractional byte value "500m" is invalid, must be an integer',
      ],
    ],
    [
      'files on and below each other',
      {
        volumes: [
          {
            name: 'v',
            configMap: {
              name: 'c',
              items: [
                { key: 'a', path: 'dir/a' },
                { key: 'b', path: 'dir/a' },
                { key: 'c', path: 'dir/' },
                { key: 'd', path: 'directory' },
              ],
            },
          },
          { name: 's', secret: { secretName: 'x', items: [{ key: 'a', path: 'a' }] } },
        ],
      },
      [
        'volume "v" (ConfigMap "c"): overlapping paths: "dir/a" with "dir/a"',
        'volume "v" (ConfigMap "c"): overlapping paths: "dir" with "dir/a"',
      ],
    ],
    [
      'files of several sources in one place',
      {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                {},
                { secret: { name: 's', items: [{ key: 'a', path: 'token' }] } },
                { configMap: { name: 'all' } },
                { downwardAPI: { items: [{ path: 'token/x', fieldRef: { fieldPath: 'metadata.name' } }] } },
              ],
            },
          },
        ],
      },
      [
        'volume "v" (Projected) has no sources provided',
        'volume "v" (Projected Secret "s"): overlapping paths: "token" with "token"',
        'volume "v" (Projected DownwardAPI): overlapping paths: "token/x" with "token"',
      ],
    ],
    ['an alias repeated', { hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] }, ['spec.hostAliases[1].ip: duplicate ip "10.0.0.1"']],
  ])('%s', (_name, spec, expected) => {
    const pod = named('web', { spec: { containers: [container], ...spec } });
    expect(warningsOf(kinds.Pod, pod)).toEqual(expected);
    expect(warningsOf(kinds.Pod, pod, pod)).toEqual([]);
  });

  const seccomp = (name: string) => `${name}seccomp.security.alpha.kubernetes.io`;
  const annotations = {
    [`${seccomp('')}/pod`]: 'runtime/default',
    [`${seccomp('container.')}/web`]: 'runtime/default',
    [`${seccomp('container.')}/none`]: 'runtime/default',
    'container.apparmor.security.beta.kubernetes.io/web': 'runtime/default',
  };
  test('annotations that have become fields', () => {
    const instead = 'non-functional in v1.27+; use the "seccompProfile" field instead';
    const pod = (spec: Partial<PodSpec>) => ({ metadata: { name: 'web', annotations }, spec: { containers: [container], ...spec } });
    const expected = ['/pod]', '/web]'].map((end, i) => `metadata.annotations[${seccomp(i === 0 ? '' : 'container.')}${end}: ${instead}`);
    expect(warningsOf(kinds.Pod, pod({}))).toEqual(expected);
    const profile = { seccompProfile: { type: 'RuntimeDefault' } };
    expect(warningsOf(kinds.Pod, pod({ securityContext: profile, containers: [{ ...container, securityContext: profile }] }))).toEqual([]);
    const deployment = named('web', { spec: { template: pod({}) } });
    expect(warningsOf(kinds.Deployment, deployment)).toEqual([
      ...expected.map((text) => `spec.template.${text}`),
      'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/web]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ]);
  });

  test('those of a template are told when it is made and when it changes', () => {
    const deployment = named('a.b', { spec: { template: { spec: { nodeSelector: { 'beta.kubernetes.io/arch': 'amd64' } } } } });
    const old = 'spec.template.spec.nodeSelector[beta.kubernetes.io/arch]: deprecated since v1.14; use "kubernetes.io/arch" instead';
    expect(warningsOf(kinds.Deployment, deployment)).toEqual([
      `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: ${label}`,
      old,
    ]);
    expect(warningsOf(kinds.Deployment, deployment, deployment)).toEqual([]);
    expect(warningsOf(kinds.Deployment, { ...deployment, metadata: { name: 'a.b', generation: 2 } }, deployment)).toEqual([old]);
  });
});

test.each<[name: string, Kind, object, string[]]>([
  [
    'a pod with dots in its name',
    kinds.Pod,
    {},
    [`metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: ${label}`],
  ],
  [
    'a headless Service with the affinity of another',
    kinds.Service,
    { spec: { type: 'ClusterIP', clusterIP: 'None', sessionAffinity: 'ClientIP' } },
    ['spec.SessionAffinity is ignored for headless services'],
  ],
  [
    'external addresses',
    kinds.Service,
    { spec: { type: 'NodePort', externalIPs: ['1.2.3.4'] } },
    ['spec.externalIPs is deprecated and may no longer be implemented in some clusters'],
  ],
  [
    'an external name that nobody asks for',
    kinds.Service,
    { spec: { type: 'ClusterIP', externalName: 'example.com' } },
    ['spec.externalName is ignored when spec.type is not "ExternalName"'],
  ],
  [
    'a volume that is recycled',
    kinds.PersistentVolume,
    { spec: { persistentVolumeReclaimPolicy: 'Recycle' } },
    [
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    ],
  ],
  [
    'a volume for nodes by an old label, of an old sort',
    kinds.PersistentVolume,
    {
      spec: {
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }] }] } },
        rbd: { image: 'i', monitors: ['m'] },
      },
    },
    [
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    'a class of volumes for an old zone',
    kinds.StorageClass,
    { allowedTopologies: [{ matchLabelExpressions: [{ key: 'failure-domain.beta.kubernetes.io/zone', values: ['z'] }] }] },
    ['allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ],
  [
    'room on nodes by old labels',
    kinds.CSIStorageCapacity,
    {
      nodeTopology: {
        matchLabels: { 'beta.kubernetes.io/os': 'linux', zone: 'z' },
        matchExpressions: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }],
      },
    },
    [
      'nodeTopology.matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
      'nodeTopology.matchLabels.beta.kubernetes.io/os: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  ],
  [
    'a runtime for nodes by an old label',
    kinds.RuntimeClass,
    { scheduling: { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } },
    ['scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  [
    'a node with fields of old',
    kinds.Node,
    { spec: { configSource: {}, externalID: 'x' } },
    ['spec.configSource: the feature is removed', 'spec.externalID: this field is deprecated, and is unused by Kubernetes'],
  ],
  [
    'a claim of half a byte',
    kinds.PersistentVolumeClaim,
    { spec: { resources: { requests: { storage: '500m' } } } },
    ['spec.resources.requests[storage]: fractional byte value "500m" is invalid, must be an integer'],
  ],
  [
    'a history without end',
    kinds.StatefulSet,
    { spec: { revisionHistoryLimit: -1 } },
    ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'],
  ],
  [
    'the class of an Ingress by annotation',
    kinds.Ingress,
    { metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } } },
    [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`],
  ],
])('%s is warned of', (_name, kind, rest, expected) => {
  expect(warningsOf(kind, named('a.b', rest))).toEqual(expected);
});

describe('addresses that are not written as they should be', () => {
  const service = (spec: object) => named('s', { spec: { type: 'LoadBalancer', ...spec } });
  const policy = (cidr: string) => named('p', { spec: { egress: [{ to: [{ ipBlock: { cidr } }] }] } });
  const long = '2001:DB8:0:0::1';
  test.each([
    [
      'a network with bits of an address',
      kinds.Service,
      service({ loadBalancerSourceRanges: ['10.1.2.3/8'] }),
      ['spec.loadBalancerSourceRanges[0]: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)'],
    ],
    [
      'a long IPv6 address',
      kinds.Endpoints,
      named('e', { subsets: [{ addresses: [{ ip: long }] }] }),
      [`subsets[0].addresses[0].ip: IPv6 address "${long}" should be in RFC 5952 canonical format ("2001:db8::1")`],
    ],
    [
      'a long IPv6 network',
      kinds.NetworkPolicy,
      policy('2001:DB8::/32'),
      ['spec.egress[0].to[0].ipBlock.cidr: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")'],
    ],
    ['none: all as it should be', kinds.NetworkPolicy, policy('10.0.0.0/8'), []],
    [
      'none of those that the controller writes',
      kinds.EndpointSlice,
      {
        ...named('s', { addressType: 'IPv6', endpoints: [{ addresses: [long] }] }),
        metadata: { name: 's', labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' } },
      },
      [],
    ],
  ])('%s', (_name, kind, object, expected) => expect(warningsOf(kind, object)).toEqual(expected));
});

test('a Job may have more indexes than its status can hold', () => {
  const job = (completions: number) => named('j', { spec: { completionMode: 'Indexed', completions, parallelism: 20_000 } });
  expect(warningsOf(kinds.Job, job(100_001))).toEqual([expect.stringMatching(/^spec: In Indexed Jobs with a number of completions/)]);
  expect(warningsOf(kinds.Job, job(100_000))).toEqual([]);
});
