import { describe, expect, it } from 'vitest';
import type { PodSpec, Sysctl } from '../../../src/api/types/core-v1.ts';
import { rejectionOf } from '../../../src/kubelet/pod/admission.ts';
import { container, pod, startNode } from './harness.ts';

const allocatable = { cpu: '2', memory: '4Gi', pods: '3' };
const withPort = (hostPort: number, more: object = {}): Partial<PodSpec> => ({
  containers: [container({ ports: [{ containerPort: 80, hostPort, ...more }] })],
});
const sysctls = (...list: Sysctl[]): Partial<PodSpec> => ({ securityContext: { sysctls: list } });
const reasonOf = (spec: Partial<PodSpec>, others: Partial<PodSpec>[] = []): string => {
  const made = others.map((other, index) => pod(`other-${index}`, other));
  const rejection = rejectionOf(pod('web', spec), made, allocatable, undefined);
  return rejection === undefined ? 'admitted' : `${rejection.reason}: ${rejection.message}`;
};
const nodePorts = "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";

describe('a pod is looked at before it runs:', () => {
  it.each<{ name: string; spec: Partial<PodSpec>; others?: Partial<PodSpec>[]; answer: string }>([
    { name: 'nothing special', spec: {}, answer: 'admitted' },
    {
      name: 'one more than fit',
      spec: {},
      others: [{}, {}, {}],
      answer: "OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
    },
    { name: 'a safe sysctl', spec: sysctls({ name: 'kernel.shm_rmid_forced', value: '1' }), answer: 'admitted' },
    { name: 'a safe sysctl with slashes', spec: sysctls({ name: 'net/ipv4/tcp_syncookies', value: '1' }), answer: 'admitted' },
    {
      name: 'an unsafe sysctl',
      spec: sysctls({ name: 'kernel.msgmax', value: '65536' }),
      answer: 'SysctlForbidden: forbidden sysctl: "kernel.msgmax" not allowlisted',
    },
    {
      name: "a network's sysctl in the node's network",
      spec: { hostNetwork: true, ...sysctls({ name: 'net.ipv4.tcp_syncookies', value: '1' }) },
      answer: 'SysctlForbidden: forbidden sysctl: "net.ipv4.tcp_syncookies" not allowed with host net enabled',
    },
    {
      name: 'another operating system',
      spec: { os: { name: 'windows' } },
      answer: "PodOSNotSupported: Failed to admit pod as the OS field doesn't match node OS",
    },
    { name: 'a free host port', spec: withPort(80), others: [withPort(81), withPort(80, { protocol: 'UDP' })], answer: 'admitted' },
    { name: 'a taken host port', spec: withPort(80, { hostIP: '127.0.0.1' }), others: [withPort(80)], answer: nodePorts },
    {
      name: 'a host port taken on another address',
      spec: withPort(80, { hostIP: '127.0.0.1' }),
      others: [withPort(80, { hostIP: '172.18.0.3' })],
      answer: 'admitted',
    },
  ])('$name', ({ spec, others, answer }) => expect(reasonOf(spec, others)).toBe(answer));

  it('one that is refused fails and says why', async () => {
    const node = await startNode();
    node.api.put('pods', pod('web', sysctls({ name: 'kernel.sem', value: '1' })));
    await node.clock.advance(1_000);
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'SysctlForbidden',
      message: 'Pod was rejected: forbidden sysctl: "kernel.sem" not allowlisted',
    });
    expect(node.events('web')).toEqual(['SysctlForbidden: forbidden sysctl: "kernel.sem" not allowlisted']);
  });
});
