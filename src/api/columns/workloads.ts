import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import { parseApiVersion } from '../object.ts';
import { kinds } from '../scheme.ts';
import type { ReplicaSet } from '../types/apps-v1.ts';
import type { Scale } from '../types/autoscaling-v1.ts';
import type { ReplicationController } from '../types/core-v1.ts';
import { containerCells, labelsText, orNone, selectorText } from './format.ts';
import { age, ageColumn, column, columnsOf, doc, nameColumn, templateColumns, wide } from './table.ts';

const replicaColumns = (type: string) => [
  nameColumn,
  column('Desired', doc(`${type}Spec`, 'replicas'), 'integer'),
  column('Current', doc(`${type}Status`, 'replicas'), 'integer'),
  column('Ready', doc(`${type}Status`, 'readyReplicas'), 'integer'),
  ageColumn,
  ...templateColumns,
  wide('Selector', doc(`${type}Spec`, 'selector')),
];

const replicaCells = ({ metadata, spec, status }: ReplicaSet | ReplicationController, now: number): unknown[] => [
  metadata.name ?? '',
  spec?.replicas ?? 0,
  status?.replicas ?? 0,
  status?.readyReplicas ?? 0,
  age({ metadata }, now),
  ...containerCells(spec?.template?.spec?.containers),
];

/** The face that everything scalable shows through its subresource. */
const scale = { group: 'autoscaling', kind: 'Scale' } as Kind<Scale>;

export const workloadColumns = [
  columnsOf(
    scale,
    [
      nameColumn,
      column('Desired', doc('autoscaling.v1.ScaleSpec', 'replicas'), 'integer'),
      column('Available', doc('autoscaling.v1.ScaleStatus', 'replicas'), 'integer'),
      ageColumn,
    ],
    ({ metadata, spec, status }, now) => [metadata.name ?? '', spec?.replicas ?? 0, status?.replicas ?? 0, age({ metadata }, now)],
  ),
  columnsOf(
    kinds.Deployment,
    [
      nameColumn,
      column('Ready', 'Number of the pod with ready state'),
      column('Up-to-date', doc('apps.v1.DeploymentStatus', 'updatedReplicas')),
      column('Available', doc('apps.v1.DeploymentStatus', 'availableReplicas')),
      ageColumn,
      ...templateColumns,
      wide('Selector', doc('apps.v1.DeploymentSpec', 'selector')),
    ],
    ({ metadata, spec, status }, now) => [
      metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      age({ metadata }, now),
      ...containerCells(spec?.template.spec?.containers),
      selectorText(spec?.selector),
    ],
  ),
  columnsOf(kinds.ReplicaSet, replicaColumns('apps.v1.ReplicaSet'), (object, now) => [
    ...replicaCells(object, now),
    selectorText(object.spec?.selector),
  ]),
  columnsOf(kinds.ReplicationController, replicaColumns('core.v1.ReplicationController'), (object, now) => [
    ...replicaCells(object, now),
    labelsText(object.spec?.selector),
  ]),
  columnsOf(
    kinds.StatefulSet,
    [nameColumn, column('Ready', 'Number of the pod with ready state'), ageColumn, ...templateColumns],
    ({ metadata, spec, status }, now) => [
      metadata.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      age({ metadata }, now),
      ...containerCells(spec?.template.spec?.containers),
    ],
  ),
  columnsOf(
    kinds.DaemonSet,
    [
      nameColumn,
      column('Desired', doc('apps.v1.DaemonSetStatus', 'desiredNumberScheduled'), 'integer'),
      column('Current', doc('apps.v1.DaemonSetStatus', 'currentNumberScheduled'), 'integer'),
      column('Ready', doc('apps.v1.DaemonSetStatus', 'numberReady'), 'integer'),
      column('Up-to-date', doc('apps.v1.DaemonSetStatus', 'updatedNumberScheduled'), 'integer'),
      column('Available', doc('apps.v1.DaemonSetStatus', 'numberAvailable'), 'integer'),
      column('Node Selector', doc('core.v1.PodSpec', 'nodeSelector')),
      ageColumn,
      ...templateColumns,
      wide('Selector', doc('apps.v1.DaemonSetSpec', 'selector')),
    ],
    ({ metadata, spec, status }, now) => [
      metadata.name ?? '',
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      labelsText(spec?.template.spec?.nodeSelector),
      age({ metadata }, now),
      ...containerCells(spec?.template.spec?.containers),
      selectorText(spec?.selector),
    ],
  ),
  columnsOf(
    kinds.ControllerRevision,
    [
      nameColumn,
      column('Controller', 'Controller of the object'),
      column('Revision', doc('apps.v1.ControllerRevision', 'revision')),
      ageColumn,
    ],
    ({ metadata, revision }, now) => {
      const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
      const { group } = parseApiVersion(owner?.apiVersion ?? '');
      const controller = owner === undefined ? '' : `${groupKind({ group, kind: owner.kind }).toLowerCase()}/${owner.name}`;
      return [metadata.name ?? '', orNone(controller), revision, age({ metadata }, now)];
    },
  ),
];
