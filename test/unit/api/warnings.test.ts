import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import type { PodSpec } from '../../../src/api/types/core-v1.ts';
import { warningsOf } from '../../../src/api/validation/warnings.ts';

const label = `[a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')]`;
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
    ['an alias repeated', { hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] }, ['spec.hostAliases[1].ip: duplicate ip "10.0.0.1"']],
  ])('%s', (_name, spec, expected) => {
    const pod = named('web', { spec: { containers: [container], ...spec } });
    expect(warningsOf(kinds.Pod, pod)).toEqual(expected);
    expect(warningsOf(kinds.Pod, pod, pod)).toEqual([]);
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
