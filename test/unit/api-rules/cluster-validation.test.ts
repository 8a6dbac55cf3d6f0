import { expect, test } from 'vitest';
import { createErrors, kinds, updateErrors } from './objects.ts';

const metadata = { name: 'x' };
const schema = (spec: object = {}): object => ({
  metadata,
  spec: { matchingPrecedence: 100, priorityLevelConfiguration: { name: 'global-default' }, ...spec },
});
const rule = (parts: object): object => ({
  subjects: [{ kind: 'User', user: { name: 'a' } }],
  nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
  ...parts,
});
const level = (limited: object): object => ({ metadata, spec: { type: 'Limited', limited } });
const queue = (queuing: object): object => level({ limitResponse: { type: 'Queue', queuing } });

const { FlowSchema, PriorityLevelConfiguration, IPAddress, ServiceCIDR, VolumeAttributesClass, CSIStorageCapacity } = kinds;

type Row = [name: string, kind: unknown, object: object, ...errors: string[]];
const rows: Row[] = [
  ['a flow schema', FlowSchema, schema({ rules: [rule({})] })],
  [
    'a precedence that is taken',
    FlowSchema,
    schema({ matchingPrecedence: 1 }),
    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
  ],
  [
    'no level',
    FlowSchema,
    schema({ priorityLevelConfiguration: { name: '' } }),
    'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
  ],
  [
    'a rule for nobody',
    FlowSchema,
    schema({ rules: [rule({ subjects: [] })] }),
    'spec.rules[0].subjects: Required value: subjects must contain at least one value',
  ],
  [
    'a subject of another kind',
    FlowSchema,
    schema({ rules: [rule({ subjects: [{ kind: 'Group', user: { name: 'a' } }] })] }),
    "spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group'",
    "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
  ],
  [
    'a resource rule without a place',
    FlowSchema,
    schema({ rules: [rule({ resourceRules: [{ verbs: ['*', 'get'], apiGroups: [''], resources: ['pods'] }] })] }),
    'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
    'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
  ],
  ['a level that rejects', PriorityLevelConfiguration, level({ limitResponse: { type: 'Reject' } })],
  ['a level that queues', PriorityLevelConfiguration, queue({ queues: 64, handSize: 6, queueLengthLimit: 50 })],
  [
    'a hand larger than the deck',
    PriorityLevelConfiguration,
    queue({ queues: 4, handSize: 6, queueLengthLimit: 50 }),
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 6: should not be greater than queues (4)',
  ],
  [
    'a level exempt by type alone',
    PriorityLevelConfiguration,
    { metadata, spec: { type: 'Exempt' } },
    "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
  ],
  ['an address', IPAddress, { metadata: { name: '2001:db8::1' }, spec: { parentRef: { resource: 'services', name: 'a' } } }],
  [
    'an address in another form',
    IPAddress,
    { metadata: { name: '2001:db8:0::1' }, spec: { parentRef: { resource: 'services' } } },
    'metadata.name: Invalid value: "2001:db8:0::1": must be a valid IP address in canonical form',
    'spec.parentRef.name: Required value',
  ],
  ['a range', ServiceCIDR, { metadata, spec: { cidrs: ['10.1.0.0/16', 'fd00::/112'] } }],
  ['no range', ServiceCIDR, { metadata, spec: {} }, 'spec.cidrs: Required value: at least one CIDR required'],
  ['a class of attributes', VolumeAttributesClass, { metadata, driverName: 'a.example.com', parameters: { iops: '1' } }],
  [
    'a class without attributes',
    VolumeAttributesClass,
    { metadata, driverName: 'a.example.com' },
    'parameters: Required value: must contain at least one key/value pair',
  ],
  ['a capacity', CSIStorageCapacity, { metadata, storageClassName: 'fast', capacity: '1Gi' }],
  [
    'a negative capacity',
    CSIStorageCapacity,
    { metadata, storageClassName: 'fast', capacity: '-1' },
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ],
];

test.each(rows)('%s', (_name, kind, object, ...errors) => {
  expect(createErrors(kind as typeof FlowSchema, object as never)).toEqual(errors);
});

test('a class keeps its attributes, an address its owner, a range its first family', () => {
  const attributes = { metadata, driverName: 'a.example.com', parameters: { iops: '1' } };
  expect(updateErrors(VolumeAttributesClass, attributes, (object) => Object.assign(object, { parameters: { iops: '2' } }))).toEqual([
    'parameters: Forbidden: updates to parameters are forbidden.',
  ]);
  const address = { metadata: { name: '10.0.0.1' }, spec: { parentRef: { resource: 'services', name: 'a' } } };
  expect(updateErrors(IPAddress, address, ({ spec }) => Object.assign(spec.parentRef, { name: 'b' }))).toEqual([
    'spec.parentRef: Invalid value: {"resource":"services","name":"b"}: field is immutable',
  ]);
  const range = { metadata, spec: { cidrs: ['10.1.0.0/16'] } };
  expect(updateErrors(ServiceCIDR, range, ({ spec }) => Object.assign(spec ?? {}, { cidrs: ['10.1.0.0/16', 'fd00::/112'] }))).toEqual([]);
  expect(updateErrors(ServiceCIDR, range, ({ spec }) => Object.assign(spec ?? {}, { cidrs: ['10.2.0.0/16'] }))).toHaveLength(1);
});

test('an event of events.k8s.io keeps all but its series', () => {
  const event = {
    metadata,
    eventTime: '2026-01-01T00:00:00.000000Z',
    regarding: { namespace: 'default' },
    action: 'A',
    reason: 'R',
    type: 'Normal',
    note: 'n',
    reportingController: 'a.b/c',
    reportingInstance: 'i',
  };
  const series = { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' };
  expect(updateErrors(kinds.EventsEvent, event as never, (object) => Object.assign(object, { series }))).toEqual([]);
  expect(updateErrors(kinds.EventsEvent, event as never, (object) => Object.assign(object, { series: { count: 1 } }))).toEqual([
    'series.count: Invalid value: "": should be at least 2',
    'series.lastObservedTime: Required value',
  ]);
  expect(updateErrors(kinds.EventsEvent, event as never, (object) => Object.assign(object, { note: 'm' }))).toEqual([
    'message: Invalid value: "m": field is immutable',
  ]);
});
