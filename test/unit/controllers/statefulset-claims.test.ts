import { expect, it } from 'vitest';
import type { StatefulSetPersistentVolumeClaimRetentionPolicy } from '../../../src/api/types/apps-v1.ts';
import type { OwnerReference } from '../../../src/api/types/meta-v1.ts';
import { claimOwners } from '../../../src/controllers/statefulset/claims.ts';

const pod = { metadata: { name: 'db-0', uid: 'pod' } };
const owner = (kind: string, name: string, uid: string, controller = true): OwnerReference => ({
  apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
  kind,
  name,
  uid,
  ...(controller ? { controller: true, blockOwnerDeletion: true } : {}),
});
const [set, itsPod] = [owner('StatefulSet', 'db', 'set'), owner('Pod', 'db-0', 'pod')];
const [friend, other] = [owner('Backup', 'x', 'friend', false), owner('Backup', 'x', 'other')];
const policy = (whenDeleted: string, whenScaled: string): StatefulSetPersistentVolumeClaimRetentionPolicy => ({ whenDeleted, whenScaled });
const stale = owner('Pod', 'db-0', 'earlier');

it.each<[name: string, StatefulSetPersistentVolumeClaimRetentionPolicy, condemned: boolean, OwnerReference[], OwnerReference[]]>([
  ['keeps claims by default', policy('Retain', 'Retain'), false, [], []],
  ['gives them up again', policy('Retain', 'Retain'), false, [set, friend], [friend]],
  ['lets them go with the set', policy('Delete', 'Retain'), false, [friend], [friend, set]],
  ['lets them go with a pod that is scaled away', policy('Delete', 'Delete'), true, [set], [itsPod]],
  ['but with the set where it stays', policy('Delete', 'Delete'), false, [itsPod], [set]],
  ['manages what it only owned', policy('Delete', 'Retain'), false, [owner('StatefulSet', 'db', 'set', false)], [set]],
  ['takes none that somebody else manages', policy('Delete', 'Delete'), false, [other, set], [other]],
  ['touches none that an earlier pod has', policy('Delete', 'Delete'), false, [stale], [stale]],
])('a StatefulSet %s', (_, persistentVolumeClaimRetentionPolicy, condemned, present, wanted) => {
  const owning = { metadata: { name: 'db', uid: 'set' }, spec: { selector: {}, template: {}, persistentVolumeClaimRetentionPolicy } };
  expect(claimOwners(owning, pod, condemned, present)).toEqual(wanted);
});
