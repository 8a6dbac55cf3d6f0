import type { Affinity, Node, NodeSpec, Pod, PodSpec, PodStatus, Toleration, Volume } from '../../../src/api/types/core-v1.ts';

let serial = 0;

export interface PodShape {
  namespace?: string;
  labels?: Record<string, string>;
  on?: string;
  cpu?: string;
  memory?: string;
  priority?: number;
  hostPort?: number;
  affinity?: Affinity;
  nodeSelector?: Record<string, string>;
  tolerations?: Toleration[];
  claims?: string[];
  spec?: Partial<PodSpec>;
  status?: PodStatus;
  deletionTimestamp?: string;
  owner?: { kind: string; name: string };
}

export function pod(name: string, shape: PodShape = {}): Pod {
  const requests = { ...(shape.cpu && { cpu: shape.cpu }), ...(shape.memory && { memory: shape.memory }) };
  const volumes: Volume[] = (shape.claims ?? []).map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: shape.namespace ?? 'default',
      uid: `uid-${name}-${++serial}`,
      labels: shape.labels ?? {},
      ...(shape.deletionTimestamp !== undefined && { deletionTimestamp: shape.deletionTimestamp }),
      ...(shape.owner !== undefined && {
        ownerReferences: [{ apiVersion: 'apps/v1', uid: 'owner', controller: true, ...shape.owner }],
      }),
    },
    spec: {
      schedulerName: 'default-scheduler',
      priority: shape.priority ?? 0,
      containers: [
        {
          name: 'main',
          image: 'web:v1',
          resources: { requests },
          ...(shape.hostPort !== undefined && { ports: [{ containerPort: shape.hostPort, hostPort: shape.hostPort }] }),
        },
      ],
      ...(shape.on !== undefined && { nodeName: shape.on }),
      ...(shape.affinity !== undefined && { affinity: shape.affinity }),
      ...(shape.nodeSelector !== undefined && { nodeSelector: shape.nodeSelector }),
      ...(shape.tolerations !== undefined && { tolerations: shape.tolerations }),
      ...(volumes.length > 0 && { volumes }),
      ...shape.spec,
    },
    status: shape.status ?? { phase: 'Pending' },
  };
}

export interface NodeShape {
  labels?: Record<string, string>;
  cpu?: string;
  memory?: string;
  pods?: string;
  allocatable?: Record<string, string>;
  images?: Record<string, number>;
  zone?: string;
  spec?: NodeSpec;
}

export function node(name: string, shape: NodeShape = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `uid-${name}`,
      labels: {
        'kubernetes.io/hostname': name,
        ...(shape.zone !== undefined && { 'topology.kubernetes.io/zone': shape.zone }),
        ...shape.labels,
      },
    },
    spec: shape.spec ?? {},
    status: {
      allocatable: { cpu: shape.cpu ?? '4', memory: shape.memory ?? '8Gi', pods: shape.pods ?? '110', ...shape.allocatable },
      images: Object.entries(shape.images ?? {}).map(([image, sizeBytes]) => ({ names: [image], sizeBytes })),
    },
  };
}
