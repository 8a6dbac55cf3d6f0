/** Rules of ResourceSlices: the devices that a driver offers (upstream: pkg/apis/resource/validation). */
import { semanticEqual } from '../deep-equal.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { Device, DeviceAttribute, ResourceSlice, ResourceSliceSpec } from '../types/resource-v1.ts';
import { immutable } from './common.ts';
import { driverName } from './driver-name.ts';
import { type Errors, forbidden, invalid, required, tooLong } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';
import { eachOf, eachUnique } from './lists.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';
import { nodeSelectorRules, taintRules } from './pod/scheduling.ts';

const mostDevices = 128;
/** Devices with taints or shared counters cost more to look at. */
const mostCostlyDevices = 64;
const mostCounterSets = 8;
const mostCounters = 32;
const mostConsumptions = 2;
const mostAttributes = 32;
const longestPoolName = 253;
const longestDomain = 63;
const longestIdentifier = 32;
const longestValue = 64;

export function* resourceSlice({ metadata, spec }: ResourceSlice): Errors {
  yield* objectMeta(kinds.ResourceSlice, metadata);
  yield* sliceSpec(spec ?? {}, undefined);
}

export function* resourceSliceUpdate(object: ResourceSlice, old: ResourceSlice): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* sliceSpec(object.spec ?? {}, old.spec ?? {});
}

function* sliceSpec(spec: Partial<ResourceSliceSpec>, old: Partial<ResourceSliceSpec> | undefined): Errors {
  const { pool, devices = [], sharedCounters } = spec;
  yield* driverName('spec.driver', spec.driver);
  yield* poolName('spec.pool.name', pool?.name);
  if ((pool?.resourceSliceCount ?? 0) <= 0)
    yield invalid('spec.pool.resourceSliceCount', pool?.resourceSliceCount ?? 0, 'must be greater than zero');
  if ((pool?.generation ?? 0) < 0) yield invalid('spec.pool.generation', pool?.generation, 'must be greater than or equal to zero');
  if (old !== undefined) {
    yield* immutable('spec.pool.name', pool?.name, old.pool?.name);
    yield* immutable('spec.driver', spec.driver, old.driver);
    yield* immutable('spec.nodeName', spec.nodeName, old.nodeName);
  }
  yield* placement('spec', spec, ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection']);
  if (sharedCounters !== undefined && spec.devices !== undefined) {
    yield invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed');
  }
  const costly = devices.some(({ taints = [], consumesCounters = [] }) => taints.length + consumesCounters.length > 0);
  const before = new Map(old?.devices?.map((device) => [device.name, device]));
  yield* eachUnique(
    'spec.devices',
    devices,
    costly ? mostCostlyDevices : mostDevices,
    ({ name }) => name ?? '',
    (at, device) => deviceRules(at, device, before.get(device.name), spec.perDeviceNodeSelection === true),
  );
  yield* eachUnique(
    'spec.sharedCounters',
    sharedCounters,
    mostCounterSets,
    ({ name }) => name ?? '',
    function* (at, { name, counters }) {
      yield* counterSetName(`${at}.name`, name);
      yield* counterRules(`${at}.counters`, counters);
    },
  );
}

type Placed = Partial<Pick<ResourceSliceSpec, 'nodeName' | 'nodeSelector' | 'allNodes' | 'perDeviceNodeSelection'>>;

/** Which nodes reach the devices: one of the fields must say so. */
function* placement(field: string, placed: Placed, ways: readonly (keyof Placed)[]): Errors {
  const given: string[] = [];
  const inSlice = ways.includes('perDeviceNodeSelection');
  for (const way of ways) {
    const value = placed[way];
    if (value === undefined) continue;
    const at = `${field}.${way}`;
    if (value === false) yield invalid(at, value, 'must be either unset or set to true');
    else if (value === '') yield invalid(at, value, inSlice ? 'must be either unset or set to a non-empty string' : 'must not be empty');
    else given.push(`\`${way}\``);
    if (typeof value === 'string' && value !== '') yield* check(at, value, subdomainErrors);
    if (typeof value !== 'object') continue;
    yield* nodeSelectorRules(at, value);
    if (inSlice && value.nodeSelectorTerms?.length !== 1)
      yield invalid(`${at}.nodeSelectorTerms`, value.nodeSelectorTerms, 'must have exactly one node selector term');
  }
  const oneOf = inSlice
    ? `exactly one of ${ways.map((way) => `\`${way}\``).join(', ')} is required`
    : 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (given.length === 0) yield required(field, oneOf);
  else if (given.length > 1) yield invalid(field, `{${given.join(', ')}}`, inSlice ? `${oneOf}, but multiple fields are set` : oneOf);
}

function* deviceRules(field: string, device: Device, old: Device | undefined, placesItself: boolean): Errors {
  const { attributes = {}, capacity = {}, taints, consumesCounters, nodeName, nodeSelector, allNodes } = device;
  yield* check(`${field}.name`, device.name ?? '', dnsLabel);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > mostAttributes)
    yield invalid(field, count, `the total number of attributes and capacities must not exceed ${mostAttributes}`);
  for (const [name, attribute] of Object.entries(attributes)) {
    yield* attributeName(`${field}.attributes`, name, false);
    yield* attributeRules(`${field}.attributes[${name}]`, attribute);
  }
  for (const [name, { requestPolicy }] of Object.entries(capacity)) {
    yield* attributeName(`${field}.capacity`, name, false);
    if (requestPolicy !== undefined && device.allowMultipleAllocations !== true) {
      yield forbidden(`${field}.capacity[${name}].requestPolicy`, 'allowMultipleAllocations must be true');
    }
  }
  if (!semanticEqual(taints, old?.taints)) yield* taintRules(`${field}.taints`, taints);
  yield* eachUnique(
    `${field}.consumesCounters`,
    consumesCounters,
    mostConsumptions,
    ({ counterSet }) => counterSet ?? '',
    function* (at, { counterSet, counters }) {
      yield* counterSetName(`${at}.counterSet`, counterSet);
      yield* counterRules(`${at}.counters`, counters);
    },
  );
  if (placesItself) yield* placement(field, device, ['nodeName', 'nodeSelector', 'allNodes']);
  else if (nodeName !== undefined || nodeSelector !== undefined || allNodes !== undefined) {
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    yield invalid(field, null, detail);
  }
}

function* counterSetName(field: string, name: string | undefined): Errors {
  if (!name) yield required(field);
  else yield* check(field, name, dnsLabel);
}

function* counterRules(field: string, counters: Record<string, unknown> | undefined): Errors {
  const names = Object.keys(counters ?? {});
  if (names.length === 0) yield required(field);
  yield* eachOf(field, names, mostCounters, (_at, name) => check(field, name, dnsLabel));
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

function* attributeRules(field: string, attribute: DeviceAttribute): Errors {
  const { string: text, version } = attribute;
  if (text !== undefined && Buffer.byteLength(text) > longestValue) yield tooLong(`${field}.string`, longestValue);
  if (version !== undefined) {
    if (!semver.test(version)) yield invalid(`${field}.version`, version, 'must be a string compatible with semver.org spec 2.0.0');
    if (Buffer.byteLength(version) > longestValue) yield tooLong(`${field}.version`, longestValue);
  }
  const given = Object.values(attribute).filter((value) => value !== undefined).length;
  if (given !== 1) yield invalid(field, given === 0 ? '' : attribute, 'exactly one value must be specified');
}

export function* poolName(field: string, name: string | undefined): Errors {
  if (!name) {
    yield required(field);
    return;
  }
  if (Buffer.byteLength(name) > longestPoolName) yield tooLong(field, longestPoolName);
  for (const part of name.split('/')) yield* check(field, part, subdomainErrors);
}

/** `domain/identifier`, or (where the driver's own domain is understood) the identifier alone. */
export function* attributeName(field: string, name: string, qualified: boolean): Errors {
  const parts = name.split('/');
  if (name === '') {
    yield required(field, 'name required');
    return;
  }
  if (parts.length > 2) {
    yield invalid(field, name, 'a valid name must not contain more than one slash');
    return;
  }
  const [domain, identifier] = parts.length === 2 ? parts : [undefined, parts[0]];
  if (qualified && domain === undefined) yield invalid(field, name, 'must include a domain');
  if (domain === '') yield required(field, 'the domain must not be empty');
  else if (domain !== undefined) {
    if (Buffer.byteLength(domain) > longestDomain) yield tooLong(field, longestDomain);
    yield* check(field, domain, subdomainErrors);
  }
  if (!identifier) yield required(field, 'the name must not be empty');
  else {
    if (Buffer.byteLength(identifier) > longestIdentifier) yield tooLong(field, longestIdentifier);
    const regex = '[A-Za-z_][A-Za-z0-9_]*';
    if (!new RegExp(`^${regex}$`).test(identifier)) {
      const detail = `a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '${regex}')`;
      yield invalid(field, identifier, detail);
    }
  }
}
