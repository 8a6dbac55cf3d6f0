import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { CustomResourceDefinition } from '../../api/types/apiextensions-v1.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { withConditions } from './names.ts';

export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const isDefinition = (object: KubeObject): object is CustomResourceDefinition =>
  object.kind === kinds.CustomResourceDefinition.kind && object.apiVersion === 'apiextensions.k8s.io/v1';

/** A definition whose deletion begins: its objects go first (upstream: the REST storage of definitions). */
export function markForDeletion(definition: CustomResourceDefinition, clock: Clock): CustomResourceDefinition {
  const { deletionGracePeriodSeconds: _, ...rest } = definition.metadata;
  const { finalizers = [] } = rest;
  const deletionTimestamp = rest.deletionTimestamp ?? timestamp(clock);
  const held = finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer];
  const metadata = { ...rest, deletionTimestamp, finalizers: held };
  const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';
  const condition = { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message };
  return withConditions({ ...definition, metadata }, [condition], timestamp(clock));
}
