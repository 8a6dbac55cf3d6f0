import { selectorFrom } from '../../api/labels.ts';
import { kinds } from '../../api/scheme.ts';
import type { ReplicaSet } from '../../api/types/apps-v1.ts';
import type { ReplicationController } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import type { StartController } from '../context.ts';
import { type ReplicaKind, replicaController } from './replicas.ts';

const replicaSets: ReplicaKind<ReplicaSet> = {
  kind: kinds.ReplicaSet,
  component: 'replicaset-controller',
  replicas: (set) => set.spec?.replicas ?? 1,
  minReadySeconds: (set) => set.spec?.minReadySeconds ?? 0,
  selector: (set) => selectorFrom(set.spec?.selector),
  template: (set) => set.spec?.template ?? {},
  status: (set) => set.status,
  setStatus(copy, status) {
    copy.status = status;
  },
  related(set, all) {
    const owner = controllerOf(set)?.uid;
    return owner === undefined ? [set] : all.filter((other) => controllerOf(other)?.uid === owner);
  },
};

const replicationControllers: ReplicaKind<ReplicationController> = {
  kind: kinds.ReplicationController,
  component: 'replication-controller',
  replicas: (set) => set.spec?.replicas ?? 1,
  minReadySeconds: (set) => set.spec?.minReadySeconds ?? 0,
  selector: (set) => selectorFrom(set.spec?.selector === undefined ? undefined : { matchLabels: set.spec.selector }),
  template: (set) => set.spec?.template ?? {},
  status: (set) => set.status,
  setStatus(copy, { terminatingReplicas: _, ...status }) {
    copy.status = status;
  },
  related: (set) => [set],
};

export const replicaSetController: StartController = (context) => replicaController(context, replicaSets);
export const replicationController: StartController = (context) => replicaController(context, replicationControllers);
