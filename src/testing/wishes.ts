import type { KubeObject } from '../api/object.ts';
import type { Wish } from './cluster.ts';

interface Observed extends KubeObject {
  spec?: { replicas?: number };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    desiredNumberScheduled?: number;
    updatedNumberScheduled?: number;
    numberReady?: number;
    phase?: string;
    conditions?: { type: string; status: string }[];
  };
}

export const isDeleted = (wish: unknown): boolean => wish === 'deleted';

/** Whether an object is as wished. */
export function grants<T extends KubeObject>(wish: Wish<T>, object: T): boolean {
  if (typeof wish === 'function') return wish(object);
  const observed = object as Observed;
  const [type = '', status = 'True'] = wish.split('=');
  if (type === 'Ready' && status === 'True') {
    const workload = workloads[observed.kind ?? ''];
    if (workload !== undefined) return isCurrent(observed) && workload(observed);
  }
  return observed.status?.conditions?.some((one) => one.type === type && one.status === status) === true || observed.status?.phase === wish;
}

const isCurrent = ({ metadata, status }: Observed): boolean => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

const replicated = ({ spec, status }: Observed): boolean => {
  const wanted = spec?.replicas ?? 1;
  return (status?.replicas ?? 0) === wanted && (status?.updatedReplicas ?? wanted) === wanted && (status?.readyReplicas ?? 0) === wanted;
};

/** Kinds that have no condition `Ready`, though everybody knows what it would be. */
const workloads: Record<string, (object: Observed) => boolean> = {
  Deployment: (object) => replicated(object) && (object.status?.updatedReplicas ?? 0) === (object.spec?.replicas ?? 1),
  StatefulSet: replicated,
  ReplicaSet: replicated,
  DaemonSet: ({ status }) =>
    status?.numberReady === status?.desiredNumberScheduled && (status?.updatedNumberScheduled ?? 0) === status?.desiredNumberScheduled,
};
