import { expect, test } from 'vitest';
import { createErrors, kinds, updateErrors } from './objects.ts';

const metadata = { name: 'x' };
const claim = (...requests: object[]): object => ({ metadata, spec: { devices: { requests } } });
const exactly = (parts: object = {}): object => ({ name: 'gpu', exactly: { deviceClassName: 'gpu.example.com', ...parts } });
const slice = (parts: object): object => ({
  metadata,
  spec: { driver: 'dra.example.com', pool: { name: 'a/b', generation: 0, resourceSliceCount: 1 }, nodeName: 'n', ...parts },
});
const device = (parts: object): object => slice({ devices: [{ name: 'd', ...parts }] });
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const reference = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const { ResourceClaim, ResourceSlice, DeviceClass, ResourceClaimTemplate } = kinds;

type Row = [name: string, kind: unknown, object: object, ...errors: string[]];
const rows: Row[] = [
  ['a claim', ResourceClaim, claim(exactly())],
  ['a claim of all', ResourceClaim, claim(exactly({ allocationMode: 'All' }))],
  ['a template', ResourceClaimTemplate, { metadata, spec: { spec: { devices: { requests: [exactly()] } } } }],
  ['a slice', ResourceSlice, device({ attributes: { model: { string: 'a' } }, capacity: { memory: { value: '1Gi' } } })],
  ['a class', DeviceClass, { metadata, spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }] } }],
  [
    'neither way to ask',
    ResourceClaim,
    claim({ name: 'gpu' }),
    'spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required',
  ],
  [
    'both ways to ask',
    ResourceClaim,
    claim({ ...exactly(), firstAvailable: [{ name: 'a', deviceClassName: 'b' }] }),
    'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
  ],
  ['no class', ResourceClaim, claim(exactly({ deviceClassName: '' })), 'spec.devices.requests[0].exactly.deviceClassName: Required value'],
  [
    'a count of all',
    ResourceClaim,
    claim(exactly({ allocationMode: 'All', count: 2 })),
    "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
  ],
  [
    'an unknown mode',
    ResourceClaim,
    claim(exactly({ allocationMode: 'Some' })),
    'spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"',
  ],
  ['a request twice', ResourceClaim, claim(exactly(), exactly()), 'spec.devices.requests[1]: Duplicate value: "gpu"'],
  ['an odd name', ResourceClaim, claim({ ...exactly(), name: 'G' }), `spec.devices.requests[0].name: Invalid value: "G": ${label}`],
  [
    'a constraint on nothing',
    ResourceClaim,
    { metadata, spec: { devices: { requests: [exactly()], constraints: [{ requests: ['cpu'], matchAttribute: 'a.b/c' }] } } },
    `spec.devices.constraints[0].requests[0]: Invalid value: "cpu": ${reference}`,
  ],
  [
    'a selector that is no test',
    DeviceClass,
    { metadata, spec: { selectors: [{ cel: { expression: '1' } }] } },
    'spec.selectors[0].cel.expression: Invalid value: "1": must evaluate to bool or the unknown type, not int',
  ],
  ['a selector of nothing', DeviceClass, { metadata, spec: { selectors: [{}] } }, 'spec.selectors[0].cel: Required value'],
  [
    'a slice of no node',
    ResourceSlice,
    slice({ nodeName: undefined }),
    'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
  ],
  [
    'a slice of one node and all',
    ResourceSlice,
    slice({ allNodes: true }),
    'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
  ],
  [
    'an attribute without a value',
    ResourceSlice,
    device({ attributes: { model: {} } }),
    'spec.devices[0].attributes[model]: Invalid value: "": exactly one value must be specified',
  ],
  [
    'a version that is none',
    ResourceSlice,
    device({ attributes: { v: { version: '1' } } }),
    'spec.devices[0].attributes[v].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
  ],
];

test.each(rows)('%s', (_name, kind, object, ...errors) => {
  expect(createErrors(kind as typeof ResourceClaim, object as never)).toEqual(errors);
});

test('a claim keeps its specification', () => {
  const errors = updateErrors(ResourceClaim, claim(exactly()) as never, ({ spec }) => Object.assign(spec, { devices: {} }));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/^spec: Invalid value: .*: field is immutable$/);
});

test('an allocation names devices of the requests', () => {
  const results = [{ request: 'cpu', driver: 'd.example.com', pool: 'p', device: 'x' }];
  const errors = updateErrors(
    ResourceClaim,
    claim(exactly()) as never,
    (object) => Object.assign(object, { status: { allocation: { devices: { results } } } }),
    'status',
  );
  expect(errors).toEqual([`status.allocation.devices.results[0].request: Invalid value: "cpu": ${reference}`]);
});
