import type { Deployment, ReplicaSet } from '../../../src/api/types/apps-v1.ts';
import type { Event, Node, Pod, Service } from '../../../src/api/types/core-v1.ts';
import type { EndpointSlice } from '../../../src/api/types/discovery-v1.ts';

/** Small objects that say what a row of a test is about and nothing else. */
export const node = (
  name: string,
  more: { labels?: Record<string, string>; ready?: 'True' | 'False' | 'Unknown'; cordoned?: boolean } = {},
): Node => ({
  metadata: { name, uid: `node-${name}`, labels: more.labels ?? {} },
  spec: more.cordoned === true ? { unschedulable: true } : {},
  status: {
    allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: more.ready ?? 'True' }],
  },
});

export interface PodShape {
  node?: string;
  namespace?: string;
  set?: string;
  hash?: string;
  ready?: boolean;
  waiting?: string;
  restarts?: number;
  cpu?: string;
  phase?: string;
  terminating?: boolean;
  unschedulable?: string;
  created?: string;
}

export function pod(name: string, shape: PodShape = {}): Pod {
  const ready = shape.ready ?? (shape.node !== undefined && shape.waiting === undefined);
  const { set, waiting } = shape;
  return {
    metadata: {
      name,
      uid: `pod-${name}`,
      namespace: shape.namespace ?? 'default',
      creationTimestamp: shape.created ?? '2026-01-01T00:00:00Z',
      ...(shape.terminating === true ? { deletionTimestamp: '2026-01-01T00:01:00Z' } : {}),
      ...(shape.hash === undefined ? {} : { labels: { 'pod-template-hash': shape.hash } }),
      ...(set === undefined
        ? {}
        : { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: `set-${set}`, controller: true }] }),
    },
    spec: {
      containers: [{ name: 'main', image: 'web:v1', ...(shape.cpu === undefined ? {} : { resources: { requests: { cpu: shape.cpu } } }) }],
      ...(shape.node === undefined ? {} : { nodeName: shape.node }),
    },
    status: {
      phase: shape.phase ?? (ready ? 'Running' : 'Pending'),
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False' },
        ...(shape.unschedulable === undefined
          ? []
          : [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: shape.unschedulable }]),
      ],
      containerStatuses:
        shape.node === undefined
          ? []
          : [
              {
                name: 'main',
                image: 'web:v1',
                imageID: '',
                ready,
                restartCount: shape.restarts ?? 0,
                state: waiting === undefined ? { running: {} } : { waiting: { reason: waiting, message: `back-off: ${waiting}` } },
              },
            ],
    },
  };
}

export const replicaSet = (name: string, deployment: string, revision: number, replicas: number): ReplicaSet => ({
  metadata: {
    name,
    uid: `set-${name}`,
    namespace: 'default',
    labels: { 'pod-template-hash': name.slice(deployment.length + 1) },
    annotations: { 'deployment.kubernetes.io/revision': String(revision) },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, uid: `deployment-${deployment}`, controller: true }],
  },
  spec: { replicas, selector: {} },
  status: { replicas, readyReplicas: replicas },
});

export const deployment = (name: string, replicas: number, status: Deployment['status'] = {}): Deployment => ({
  metadata: { name, uid: `deployment-${name}`, namespace: 'default', generation: 1 },
  spec: { replicas, selector: {}, template: { spec: { containers: [{ name: 'main', image: 'web:v2' }] } } },
  status: { observedGeneration: 1, ...status },
});

export const service = (name: string): Service => ({
  metadata: { name, uid: `service-${name}`, namespace: 'default' },
  spec: {
    type: 'ClusterIP',
    clusterIP: '10.96.0.20',
    ports: [
      { name: 'http', port: 80 },
      { port: 53, protocol: 'UDP' },
    ],
  },
});

export const slice = (of: string, pods: readonly { name: string; node: string; ready: boolean }[]): EndpointSlice => ({
  metadata: { name: `${of}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints: pods.map(({ name, node: nodeName, ready }, index) => ({
    addresses: [`10.244.0.${index + 1}`],
    conditions: { ready },
    nodeName,
    targetRef: { kind: 'Pod', name },
  })),
});

export const event = (reason: string, message: string, at: string): Event => ({
  metadata: { name: reason, uid: `event-${reason}-${at}`, namespace: 'default' },
  involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
  type: 'Warning',
  reason,
  message,
  lastTimestamp: at,
});
