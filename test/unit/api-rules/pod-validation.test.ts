import { describe, expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { Container, ContainerState, Pod, PodSpec } from '../../../src/api/types/core-v1.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';
import { validateUpdate } from '../../../src/api/validation/validation.ts';
import { accepted, createErrors, kinds, pod, updateErrors } from './objects.ts';

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const container = (parts: Partial<Container>): Partial<PodSpec> => ({ containers: [{ name: 'app', image: 'app:v1', ...parts }] });
const at = 'spec.containers[0]';

describe('what is accepted', () => {
  test.each<[string, Partial<PodSpec>]>([
    ['the smallest pod', {}],
    [
      'volumes of every usual kind',
      {
        serviceAccountName: 'default',
        containers: [{ name: 'a', image: 'a', volumeMounts: [{ name: 'token', mountPath: '/t' }], env: [{ name: 'x.y-z', value: '1' }] }],
        volumes: [
          { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }, { configMap: { name: 'ca' } }] } },
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } },
          { name: 'meta', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: "metadata.labels['app']" } }] } },
        ],
      },
    ],
    [
      'a sidecar with probes',
      { initContainers: [{ name: 's', image: 's', restartPolicy: 'Always', startupProbe: { exec: { command: ['x'] } } }] },
    ],
    ['resources', container({ resources: { requests: { cpu: '100m', 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } } })],
    ['tolerations', { tolerations: [{ operator: 'Exists' }, { key: 'a', effect: 'NoExecute', tolerationSeconds: 5 }] }],
  ])('%s', (_name, spec) => {
    expect(createErrors(kinds.Pod, pod(spec))).toEqual([]);
  });
});

describe('what is refused on create', () => {
  test.each<[string, Partial<PodSpec>, string[]]>([
    ['no containers', { containers: [] }, ['spec.containers: Required value']],
    ['no image', { containers: [{ name: 'app' }] }, [`${at}.image: Required value`]],
    ['a bad name', container({ name: 'My_App' }), [`${at}.name: Invalid value: "My_App": ${label}`]],
    ['a padded image', container({ image: 'a ' }), [`${at}.image: Invalid value: "a ": must not have leading or trailing whitespace`]],
    [
      'the same name twice',
      { containers: [{ name: 'a', image: 'a' }], initContainers: [{ name: 'a', image: 'a' }] },
      ['spec.initContainers[0].name: Duplicate value: "a"'],
    ],
    [
      'a port out of range',
      container({ ports: [{ containerPort: 70000 }] }),
      [`${at}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`],
    ],
    [
      'host ports twice',
      {
        containers: [
          {
            name: 'a',
            image: 'a',
            ports: [
              { containerPort: 1, hostPort: 80 },
              { containerPort: 2, hostPort: 80 },
            ],
          },
        ],
      },
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"'],
    ],
    [
      'an unknown protocol',
      container({ ports: [{ containerPort: 1, protocol: 'ICMP' }] }),
      [`${at}.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"`],
    ],
    [
      'requests above limits',
      container({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      [`${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
    ],
    [
      'a negative quantity',
      container({ resources: { limits: { memory: '-1' } } }),
      [
        `${at}.resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0`,
        `${at}.resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0`,
      ],
    ],
    [
      'an unknown resource',
      container({ resources: { limits: { gpu: '1' } } }),
      [
        `${at}.resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
        `${at}.resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
        `${at}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
        `${at}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
      ],
    ],
    [
      'half an extended resource',
      container({ resources: { limits: { 'example.com/gpu': '500m' } } }),
      [
        `${at}.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
        `${at}.resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer`,
      ],
    ],
    [
      'a mount without its volume',
      container({ volumeMounts: [{ name: 'x', mountPath: '/x' }] }),
      [`${at}.volumeMounts[0].name: Not found: "x"`],
    ],
    [
      'a volume of two types',
      { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] },
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'a climbing host path',
      { volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] },
      [`spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    ],
    [
      'two handlers',
      container({ livenessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } }),
      [`${at}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
    ],
    ['no handler', container({ livenessProbe: {} }), [`${at}.livenessProbe: Required value: must specify a handler type`]],
    [
      'liveness that must succeed twice',
      container({ livenessProbe: { tcpSocket: { port: 'web' }, successThreshold: 2 } }),
      [`${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    ],
    [
      'a probe of a plain init container',
      { initContainers: [{ name: 'i', image: 'i', readinessProbe: { tcpSocket: { port: 1 } } }] },
      ['spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
    ],
    ['a nameless variable', container({ env: [{ name: '' }] }), [`${at}.env[0].name: Required value`]],
    [
      'a variable with "="',
      container({ env: [{ name: 'a=b' }] }),
      [
        `${at}.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    ],
    [
      'a field that env cannot read',
      container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] }),
      [
        `${at}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      ],
    ],
    [
      'a restart policy',
      { restartPolicy: 'Sometimes' },
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
    ],
    ['DNS policy None alone', { dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
    [
      'a toleration without key',
      { tolerations: [{ value: 'x' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'affinity without terms',
      { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } } },
      [
        'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      ],
    ],
    [
      'a skew of zero',
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    ],
    [
      'another host port on the host network',
      { hostNetwork: true, ...container({ ports: [{ containerPort: 80, hostPort: 81 }] }) },
      [`${at}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`],
    ],
    [
      'privileged without escalation',
      container({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
      [
        `${at}.securityContext: Invalid value: {"privileged":true,"allowPrivilegeEscalation":false}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      ],
    ],
    [
      'ephemeral containers',
      { ephemeralContainers: [{ name: 'd', image: 'd' }] },
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      'a node behind gates',
      { nodeName: 'n1', schedulingGates: [{ name: 'a.b/c' }] },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
  ])('%s', (_name, spec, errors) => {
    expect(createErrors(kinds.Pod, pod(spec))).toEqual(errors);
  });
});

describe('updates', () => {
  const spec = (change: (spec: PodSpec) => void) => (object: Pod) => change(object.spec as PodSpec);
  const only =
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';
  const old = pod({ tolerations: [{ key: 'a', operator: 'Exists' }], activeDeadlineSeconds: 60 });

  test.each<[string, (object: Pod) => void]>([
    ['nothing', () => undefined],
    ['labels', (object) => Object.assign(object.metadata, { labels: { a: 'b' } })],
    ['the image', spec((one) => Object.assign(one.containers[0] ?? {}, { image: 'app:v2' }))],
    ['one more toleration', spec((one) => one.tolerations?.push({ key: 'b', operator: 'Exists' }))],
    ['an earlier deadline', spec((one) => Object.assign(one, { activeDeadlineSeconds: 30 }))],
  ])('%s may change', (_name, change) => {
    expect(updateErrors(kinds.Pod, old, change)).toEqual([]);
  });

  test.each<[string, (object: Pod) => void, string[]]>([
    [
      'a command',
      spec((one) => Object.assign(one.containers[0] ?? {}, { command: ['x'] })),
      [`${only}- spec.containers[0].command: nil\n+ spec.containers[0].command: ["x"]`],
    ],
    [
      'another container',
      spec((one) => one.containers.push({ ...(one.containers[0] as Container), name: 'b' })),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'a toleration',
      spec((one) => Object.assign(one, { tolerations: [] })),
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ],
    [
      'a later deadline',
      spec((one) => Object.assign(one, { activeDeadlineSeconds: 90 })),
      ['spec.activeDeadlineSeconds: Invalid value: 90: must be less than or equal to previous value'],
    ],
    [
      'the name',
      (object) => Object.assign(object.metadata, { name: 'other' }),
      ['metadata.name: Invalid value: "other": field is immutable', 'metadata.name: Invalid value: "other": field is immutable'],
    ],
    [
      'the resource version',
      (object) => delete object.metadata.resourceVersion,
      [
        'metadata.resourceVersion: Invalid value: "": must be specified for an update',
        'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      ],
    ],
  ])('%s may not', (_name, change, errors) => {
    expect(updateErrors(kinds.Pod, old, change)).toEqual(errors);
  });

  test('while gated, node selectors may grow but not change', () => {
    const gated = pod({ schedulingGates: [{ name: 'a.b/c' }], nodeSelector: { zone: 'a' } });
    const grow = spec((one) => Object.assign(one, { nodeSelector: { zone: 'a', disk: 'ssd' } }));
    const change = spec((one) => Object.assign(one, { nodeSelector: { zone: 'b' } }));
    expect(updateErrors(kinds.Pod, gated, grow)).toEqual([]);
    expect(updateErrors(kinds.Pod, gated, change)).toEqual([
      'spec.nodeSelector: Invalid value: {"zone":"b"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ]);
  });

  const withState = (state: ContainerState) => (object: Pod) => {
    const container = { name: 'app', image: '', imageID: '', ready: false, restartCount: 0, state };
    object.status = { ...object.status, containerStatuses: [container] };
  };
  test.each<[string, string, number, string[]]>([
    ['never restarts', 'Never', 1, ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']],
    [
      'restarts on failure, after success',
      'OnFailure',
      0,
      ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    ],
    ['restarts on failure, after failure', 'OnFailure', 1, []],
    ['always restarts', 'Always', 0, []],
  ])('a finished container of a pod that %s', (_name, restartPolicy, exitCode, errors) => {
    const old = accepted(kinds.Pod, pod({ restartPolicy }));
    withState({ terminated: { exitCode } })(old);
    const object = structuredClone(old);
    withState({ running: {} })(object);
    expect(validateUpdate(kinds.Pod as Kind, object, old, 'status').map(errorText)).toEqual(errors);
  });

  test('a finished container of a pod with a rule that restarts all may run again', () => {
    const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
    const source = { name: 'source', image: 'x', restartPolicy: 'Never', restartPolicyRules: [rule] };
    const made = pod({ restartPolicy: 'Never' });
    const old = accepted(kinds.Pod, { ...made, spec: { ...made.spec, containers: [...(made.spec?.containers ?? []), source] } });
    withState({ terminated: { exitCode: 137 } })(old);
    const object = structuredClone(old);
    withState({ running: {} })(object);
    expect(validateUpdate(kinds.Pod as Kind, object, old, 'status')).toEqual([]);
  });

  test('the QoS class of a status stays', () => {
    const change = (object: Pod): void => {
      object.status = { ...object.status, qosClass: 'Guaranteed' };
    };
    expect(updateErrors(kinds.Pod, pod(), change, 'status')).toEqual(['status.qosClass: Invalid value: "Guaranteed": field is immutable']);
  });

  test('a pod has one address of each family at most', () => {
    const change = (object: Pod): void => {
      object.status = { ...object.status, podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] };
    };
    expect(updateErrors(kinds.Pod, pod(), change, 'status')).toEqual([
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
    ]);
  });

  test('resize may not change the QoS class', () => {
    const limited = pod(container({ resources: { limits: { cpu: '1', memory: '1Gi' } } }));
    const lower = spec((one) => Object.assign(one.containers[0]?.resources?.requests ?? {}, { cpu: '500m' }));
    expect(updateErrors(kinds.Pod, limited, lower, 'resize')).toContain(
      'spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
    );
  });
});
