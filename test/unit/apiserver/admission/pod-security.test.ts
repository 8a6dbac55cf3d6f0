import { beforeEach, describe, expect, test } from 'vitest';
import { kinds } from '../../../../src/api/scheme.ts';
import { violations } from '../../../../src/apiserver/admission/plugins/pod-security/checks.ts';
import { policiesOf } from '../../../../src/apiserver/admission/plugins/pod-security/policy.ts';
import { createWorld, type World } from './world.ts';

const prefix = 'pod-security.kubernetes.io/';
const labelled = (labels: Record<string, string>) =>
  Object.fromEntries(Object.entries(labels).map(([mode, value]) => [`${prefix}${mode}`, value]));

describe('the text of what a pod breaks', () => {
  const pod = (spec: object) => ({ metadata: {}, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }) as never;
  const container = (securityContext: object) => ({ containers: [{ name: 'c', image: 'i', securityContext }] });
  const sysctl = (name: string) => ({ securityContext: { sysctls: [{ name, value: '1' }] } });
  const probing = { containers: [{ name: 'c', image: 'i', livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } }] };
  const closed = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } };
  const versions: [name: string, level: 'baseline' | 'restricted', version: string, spec: object, reasons: string[]][] = [
    ['a sysctl before it was safe', 'baseline', 'v1.28', sysctl('net.ipv4.tcp_fin_timeout'), ['forbidden sysctls']],
    ['a sysctl since it is safe', 'baseline', 'v1.29', sysctl('net.ipv4.tcp_fin_timeout'), []],
    ['a sysctl that never is', 'baseline', 'latest', sysctl('kernel.x'), ['forbidden sysctls']],
    ['hosts of probes before they were looked at', 'baseline', 'v1.33', probing, []],
    ['hosts of probes since', 'baseline', 'v1.34', probing, ['probe or lifecycle host']],
    ['root before it was looked at', 'restricted', 'v1.22', container({ ...closed, runAsNonRoot: true, runAsUser: 0 }), []],
    ['root since', 'restricted', 'v1.23', container({ ...closed, runAsNonRoot: true, runAsUser: 0 }), ['runAsUser=0']],
    ['an old policy on capabilities', 'restricted', 'v1.21', container({ ...closed, runAsNonRoot: true, capabilities: {} }), []],
    [
      'root of a user namespace before it was told apart',
      'restricted',
      'v1.34',
      { hostUsers: false, ...container(closed) },
      ['runAsNonRoot != true'],
    ],
    ['root of a user namespace since', 'restricted', 'v1.35', { hostUsers: false, ...container(closed) }, []],
    ['what no version is yet', 'restricted', 'v1.99', container({ ...closed, runAsNonRoot: true }), []],
  ];
  test.each(versions)('goes by the version: %s', (_name, level, version, spec, reasons) => {
    expect(violations(level, pod(spec), version).map((text) => text.split(' (')[0])).toEqual(reasons);
  });

  test('goes by the names of the checks, the baseline first', () => {
    const spec = {
      hostNetwork: true,
      securityContext: { seccompProfile: { type: 'Unconfined' }, sysctls: [{ name: 'x', value: '1' }] },
      ...container({ privileged: true, capabilities: { add: ['NET_ADMIN'] } }),
      volumes: [{ name: 'h', hostPath: { path: '/' } }],
    };
    const reasons = (level: 'baseline' | 'restricted') => violations(level, pod(spec)).map((text) => text.split(' (')[0]);
    expect(reasons('baseline')).toEqual([
      'non-default capabilities',
      'host namespaces',
      'hostPath volumes',
      'privileged',
      'seccompProfile',
      'forbidden sysctls',
    ]);
    expect(reasons('restricted')).toEqual([
      'host namespaces',
      'privileged',
      'forbidden sysctls',
      'allowPrivilegeEscalation != false',
      'unrestricted capabilities',
      'restricted volume types',
      'runAsNonRoot != true',
      'seccompProfile',
    ]);
  });
  test.each<[string, object, string]>([
    [
      'pod and container',
      { securityContext: { runAsNonRoot: false }, ...container({ ...closed, runAsNonRoot: false }) },
      'runAsNonRoot != true (pod and container "c" must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'a pod alone, whose containers say otherwise',
      { securityContext: { runAsNonRoot: false }, ...container({ ...closed, runAsNonRoot: true }) },
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
    [
      'profiles of pod and container',
      {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'Unconfined' } },
        ...container({ ...closed, seccompProfile: { type: 'Odd' } }),
      },
      'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Odd", "Unconfined")',
    ],
  ])('%s', (_name, spec, text) => {
    expect(violations('restricted', pod(spec))).toEqual([text]);
  });
});

test.each<[string, Record<string, string>, string, string]>([
  ['nothing', {}, 'privileged:latest', 'privileged:latest'],
  ['what is enforced is warned of', { enforce: 'baseline' }, 'baseline:latest', 'baseline:latest'],
  ['unless said otherwise', { enforce: 'baseline', warn: 'privileged' }, 'baseline:latest', 'privileged:latest'],
  ['a version', { enforce: 'baseline', 'enforce-version': 'v1.24' }, 'baseline:v1.24', 'baseline:v1.24'],
  ['a version of its own', { enforce: 'baseline', 'warn-version': 'v1.25' }, 'baseline:latest', 'baseline:v1.25'],
  ['no level', { enforce: 'strict', 'enforce-version': '1.24' }, 'restricted:latest', 'privileged:latest'],
])('labels: %s', (_name, labels, enforce, warn) => {
  const policies = policiesOf(labelled(labels));
  expect([policies.enforce.name, policies.warn.name]).toEqual([enforce, warn]);
});

describe('a namespace', () => {
  let world: World;
  const warnings: string[] = [];
  const namespace = (labels: Record<string, string>) => ({ metadata: { name: 'default', labels: labelled(labels) } });
  const update = (labels: Record<string, string>, old: Record<string, string> = {}) =>
    world.admit(kinds.Namespace, namespace(labels), {
      operation: 'UPDATE',
      oldObject: namespace(old) as never,
      warn: (text) => void warnings.push(text),
    });
  beforeEach(async () => {
    world = await createWorld();
    warnings.length = 0;
    for (const name of ['b', 'a', 'c']) {
      const spec = name === 'c' ? { hostNetwork: true, containers: [] } : { containers: [{ name: 'x', image: 'i' }] };
      await world.put(kinds.Pod, { metadata: { name, namespace: 'default' }, spec });
    }
  });
  test('that becomes stricter is told which of its pods would be refused', async () => {
    await update({ enforce: 'restricted' });
    const usual = 'allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile';
    expect(warnings).toEqual([
      'existing pods in namespace "default" violate the new PodSecurity enforce level "restricted:latest"',
      `a (and 1 other pod): ${usual}`,
      'c: host namespaces',
    ]);
  });
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['unchanged', { enforce: 'restricted' }, { enforce: 'restricted' }],
    ['less strict', { enforce: 'baseline' }, { enforce: 'restricted' }],
    ['that only warns', { warn: 'restricted' }, {}],
    ['that was labelled badly before', { enforce: 'odd' }, { enforce: 'odd' }],
  ])('%s is told nothing', async (_name, labels, old) => {
    await update(labels, old);
    expect(warnings).toEqual([]);
  });
  test.each<[string, string, string]>([
    ['enforce', 'strict', 'must be one of privileged, baseline, restricted'],
    ['warn-version', '1.24', 'must be "latest" or "v1.x"'],
  ])('labelled %s=%s is refused', async (mode, value, text) => {
    const message = `Namespace "default" is invalid: metadata.labels[${prefix}${mode}]: Invalid value: "${value}": ${text}`;
    await expect(update({ [mode]: value })).rejects.toMatchObject({ code: 422, message });
    await expect(world.admit(kinds.Namespace, namespace({ [mode]: value }))).rejects.toThrow(message);
  });
});
