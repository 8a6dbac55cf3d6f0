import { describe, expect, it } from 'vitest';
import { tableFor } from '../../../src/api/columns/columns.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import type { ContainerState, ContainerStatus, PodCondition, PodStatus } from '../../../src/api/types/core-v1.ts';
import { cellsOf, creationTimestamp, now } from './cells.ts';

describe('pods', () => {
  const status = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
    name,
    state,
    image: '',
    imageID: '',
    ready: state.running !== undefined,
    restartCount: 0,
    ...more,
  });
  const ended = (exitCode: number, reason?: string): ContainerState => ({
    terminated: { exitCode, ...(reason === undefined ? {} : { reason }) },
  });
  const condition = (type: string, state = 'True', reason?: string): PodCondition => ({
    type,
    status: state,
    ...(reason === undefined ? {} : { reason }),
  });
  const running: ContainerState = { running: {} };
  const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
  const one = { containers: [{ name: 'c' }] };
  const two = { containers: [{ name: 'c' }, { name: 'd' }] };
  const withInit = { ...one, initContainers: [{ name: 'i' }, { name: 'j' }] };
  const withSidecar = { ...one, initContainers: [{ name: 's', restartPolicy: 'Always' }] };
  const rows: [string, object, PodStatus, object, string, string][] = [
    ['nothing yet', one, {}, {}, '', '0/1'],
    ['pending', one, { phase: 'Pending' }, {}, 'Pending', '0/1'],
    ['gated', one, { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'SchedulingGated')] }, {}, 'SchedulingGated', '0/1'],
    ['running', one, { phase: 'Running', containerStatuses: [status('c', running)] }, {}, 'Running', '1/1'],
    [
      'being made',
      one,
      { phase: 'Pending', containerStatuses: [status('c', waiting('ContainerCreating'))] },
      {},
      'ContainerCreating',
      '0/1',
    ],
    [
      'one of two crashing',
      two,
      { phase: 'Running', containerStatuses: [status('c', running), status('d', waiting('CrashLoopBackOff'))] },
      {},
      'CrashLoopBackOff',
      '1/2',
    ],
    ['done', one, { phase: 'Succeeded', containerStatuses: [status('c', ended(0, 'Completed'))] }, {}, 'Completed', '0/1'],
    ['failed', one, { phase: 'Failed', containerStatuses: [status('c', ended(3, 'Error'))] }, {}, 'Error', '0/1'],
    ['failed without a reason', one, { phase: 'Failed', containerStatuses: [status('c', ended(3))] }, {}, 'ExitCode:3', '0/1'],
    ['evicted', one, { phase: 'Failed', reason: 'Evicted' }, {}, 'Evicted', '0/1'],
    [
      'one of two done',
      two,
      {
        phase: 'Running',
        conditions: [condition('Ready')],
        containerStatuses: [status('c', ended(0, 'Completed')), status('d', running)],
      },
      {},
      'Running',
      '1/2',
    ],
    [
      'one of two done and not ready',
      two,
      { phase: 'Running', containerStatuses: [status('c', ended(0, 'Completed')), status('d', running)] },
      {},
      'NotReady',
      '1/2',
    ],
    [
      'initializing',
      withInit,
      { phase: 'Pending', initContainerStatuses: [status('i', ended(0)), status('j', running)] },
      {},
      'Init:1/2',
      '0/1',
    ],
    ['init failing', withInit, { phase: 'Pending', initContainerStatuses: [status('i', ended(1, 'Error'))] }, {}, 'Init:Error', '0/1'],
    [
      'init crashing',
      withInit,
      { phase: 'Pending', initContainerStatuses: [status('i', waiting('CrashLoopBackOff'))] },
      {},
      'Init:CrashLoopBackOff',
      '0/1',
    ],
    [
      'init waiting its turn',
      withInit,
      { phase: 'Pending', initContainerStatuses: [status('i', waiting('PodInitializing'))] },
      {},
      'Init:0/2',
      '0/1',
    ],
    [
      'with a sidecar',
      withSidecar,
      {
        phase: 'Running',
        initContainerStatuses: [status('s', running, { started: true })],
        containerStatuses: [status('c', running)],
      },
      {},
      'Running',
      '2/2',
    ],
    [
      'terminating',
      one,
      { phase: 'Running', containerStatuses: [status('c', running)] },
      { deletionTimestamp: creationTimestamp },
      'Terminating',
      '1/1',
    ],
    [
      'done and deleted',
      one,
      { phase: 'Succeeded', containerStatuses: [status('c', ended(0, 'Completed'))] },
      { deletionTimestamp: creationTimestamp },
      'Completed',
      '0/1',
    ],
    ['on a lost node', one, { phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: creationTimestamp }, 'Unknown', '0/1'],
  ];
  it.each(rows)('%s', (_name, spec, podStatus, metadata, reason, ready) => {
    const pod = { metadata: { name: 'x', creationTimestamp, ...metadata }, spec, status: podStatus };
    expect(cellsOf(kinds.Pod, pod)).toMatchObject({ Name: 'x', Status: reason, Ready: ready, Restarts: '0', Age: '5m' });
  });

  it('say when they restarted last, and where they are', () => {
    const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T23:59:00Z' } };
    const pod = {
      spec: { ...one, nodeName: 'n1', readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] },
      status: {
        phase: 'Running',
        podIPs: [{ ip: '10.0.0.1' }],
        conditions: [condition('a/b')],
        containerStatuses: [status('c', running, { restartCount: 4, lastState })],
      },
    };
    expect(cellsOf(kinds.Pod, pod)).toMatchObject({
      Restarts: '4 (60s ago)',
      IP: '10.0.0.1',
      Node: 'n1',
      'Nominated Node': '<none>',
      'Readiness Gates': '1/2',
    });
  });

  it('that ended carry a condition', () => {
    const table = tableFor(kinds.Pod, [{ metadata: {}, status: { phase: 'Failed' } } as KubeObject], { now });
    expect(table.rows[0]?.conditions).toEqual([{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]);
  });
});
