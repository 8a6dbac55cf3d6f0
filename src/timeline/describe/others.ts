import type { Event, Namespace, PersistentVolumeClaim } from '../../api/types/core-v1.ts';
import type { EndpointSlice } from '../../api/types/discovery-v1.ts';
import { because, type Describe, type Step } from '../step.ts';
import { edits, life } from './generic.ts';

/** How many endpoints a Service has, by the pod that made the difference. */
export const describeEndpointSlice: Describe = ({ type, object, previous }, { causes }) => {
  const slice = object as EndpointSlice;
  const service = slice.metadata.labels?.['kubernetes.io/service-name'];
  if (service === undefined || type === 'DELETED') return [];
  const now = readyIn(slice);
  const before = previous === undefined ? new Set<string>() : readyIn(previous as EndpointSlice);
  const joined = [...now].find((pod) => !before.has(pod));
  const left = [...before].find((pod) => !now.has(pod));
  const pod = joined ?? left;
  if (pod === undefined) return [];
  const { namespace } = slice.metadata;
  const about = { kind: 'Service', name: service, ...(namespace === undefined ? {} : { namespace }) };
  const what = now.size === before.size ? `endpoints changed (${now.size} ready)` : `ready endpoints ${before.size} → ${now.size}`;
  const reasons = joined === undefined ? ['NotReady', 'Deleting', 'Evicted', 'Deleted'] : ['Ready'];
  const cause = causes.latest({ ...about, kind: 'Pod', name: pod }, reasons);
  return [because({ kind: 'event', reason: 'Endpoints', what, object: about }, cause)];
};

const readyIn = ({ endpoints }: EndpointSlice): Set<string> =>
  new Set(
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .map(({ targetRef, addresses }) => targetRef?.name ?? addresses[0] ?? ''),
  );

export const describeNamespace: Describe = (change, circumstances) => {
  const now = (change.object as Namespace).status?.phase;
  const before = (change.previous as Namespace | undefined)?.status?.phase;
  const ending: Step[] =
    now === 'Terminating' && before !== 'Terminating'
      ? [{ kind: 'write', reason: 'Deleting', what: 'being deleted with all that is in it' }]
      : [];
  return [...life(change, circumstances).filter(({ reason }) => reason !== 'Deleting'), ...ending];
};

export const describeVolumeClaim: Describe = (change, circumstances) => {
  const { spec, status } = change.object as PersistentVolumeClaim;
  const before = (change.previous as PersistentVolumeClaim | undefined)?.status?.phase;
  const bound: Step[] =
    status?.phase === 'Bound' && before !== 'Bound' ? [{ kind: 'event', reason: 'Bound', what: `bound to ${spec?.volumeName ?? ''}` }] : [];
  return [...life(change, circumstances), ...edits(change, ['spec.volumeName']), ...bound];
};

/** Events that say what the objects' own writes say better. */
const said = new Set([
  ...[
    'Scheduled',
    'Pulling',
    'Pulled',
    'Created',
    'Started',
    'Killing',
    'Completed',
    'SuccessfulCreate',
    'SuccessfulDelete',
    'SandboxChanged',
  ],
  ...[
    'ScalingReplicaSet',
    'SawCompletedJob',
    'TaintManagerEviction',
    'FailedScheduling',
    'NodeReady',
    'NodeNotReady',
    'Starting',
    'BackOff',
  ],
  ...['RegisteredNode', 'NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID', 'NodeAllocatableEnforced'],
]);

/** What components say of objects, once; that they say it again and again is not told. */
export const describeEvent: Describe = ({ type, object, previous }, { causes }) => {
  const event = object as Event;
  const { reason = '', message = '', involvedObject: about } = event;
  if (type === 'DELETED' || said.has(reason) || (previous as Event | undefined)?.message === message) return [];
  const { kind = '', name = '', namespace, uid } = about;
  const ref = { kind, name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const what = message === '' ? reason : `${reason}: ${message}`;
  return [because({ kind: 'event', reason, what, object: ref }, reason === 'Unhealthy' ? undefined : causes.ofOwner(event))];
};
