/** Rules of `resource.k8s.io` claims, their templates and device classes (upstream: pkg/apis/resource/validation). */
import { deviceSelectorError } from '../cel/devices.ts';
import { semanticEqual } from '../deep-equal.ts';
import { qualifiedNameErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type * as resource from '../types/resource-v1.ts';
import { annotations, immutable, labels } from './common.ts';
import { driverName } from './driver-name.ts';
import { type Errors, forbidden, invalid, notSupported, required, tooLong } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';
import { eachOf, eachUnique } from './lists.ts';
import { metaOnUpdate, nameReference, objectMeta, objectMetaUpdate } from './meta.ts';
import { nodeSelectorRules, tolerationRules } from './pod/scheduling.ts';
import { attributeName, poolName } from './resource-slices.ts';

const mostRequests = 32;
const mostConstraints = 32;
const mostConfigs = 32;
const mostSelectors = 32;
const mostAlternatives = 8;
const mostResults = 32;
const mostConsumers = 256;
const longestSelector = 10 * 1024;
const longestParameters = 10 * 1024;

const itself = (text: string): string => text;
const nameOf = ({ name }: { name?: string }): string => name ?? '';

export function* resourceClaim({ metadata, spec }: resource.ResourceClaim): Errors {
  yield* objectMeta(kinds.ResourceClaim, metadata);
  yield* claimDevices('spec.devices', spec?.devices);
}

/** The specification is fixed, so nothing of it is looked at again. */
export function* resourceClaimUpdate(object: resource.ResourceClaim, old: resource.ResourceClaim): Errors {
  yield* metaOnUpdate(kinds.ResourceClaim, object.metadata, old.metadata);
  yield* immutable('spec', object.spec, old.spec);
}

export function* resourceClaimTemplate({ metadata, spec }: resource.ResourceClaimTemplate): Errors {
  yield* objectMeta(kinds.ResourceClaimTemplate, metadata);
  yield* labels('spec.metadata.labels', spec?.metadata?.labels);
  yield* annotations('spec.metadata.annotations', spec?.metadata?.annotations);
  yield* claimDevices('spec.spec.devices', spec?.spec?.devices);
}

export function* resourceClaimTemplateUpdate(object: resource.ResourceClaimTemplate, old: resource.ResourceClaimTemplate): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* immutable('spec', object.spec, old.spec);
}

export function* deviceClass({ metadata, spec }: resource.DeviceClass): Errors {
  yield* objectMeta(kinds.DeviceClass, metadata);
  yield* selectors('spec.selectors', spec?.selectors);
  yield* eachOf('spec.config', spec?.config, mostConfigs, configuration);
  const name = spec?.extendedResourceName;
  if (name !== undefined && (qualifiedNameErrors(name).length > 0 || !name.includes('/') || name.includes('kubernetes.io/'))) {
    yield invalid('spec.extendedResourceName', name, 'must be a valid extended resource name');
  }
}

function* claimDevices(field: string, claim: resource.DeviceClaim | undefined): Errors {
  const names = requestNames(claim);
  const reference = (at: string, name: string): Errors => requestReference(at, name, names);
  yield* eachUnique(`${field}.requests`, claim?.requests, mostRequests, nameOf, request);
  yield* eachOf(`${field}.constraints`, claim?.constraints, mostConstraints, function* (at, constraint) {
    yield* eachUnique(`${at}.requests`, constraint.requests, mostRequests, itself, reference);
    if (constraint.matchAttribute !== undefined) yield* attributeName(`${at}.matchAttribute`, constraint.matchAttribute, true);
    else if (constraint.distinctAttribute !== undefined)
      yield* attributeName(`${at}.distinctAttribute`, constraint.distinctAttribute, true);
    else yield required(at, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set');
  });
  yield* eachOf(`${field}.config`, claim?.config, mostConfigs, function* (at, config) {
    yield* eachUnique(`${at}.requests`, config.requests, mostRequests, itself, reference);
    yield* configuration(at, config);
  });
}

/** The requests of a claim, and of each `request/alternative`. */
function requestNames(claim: resource.DeviceClaim | undefined): Set<string> {
  const names = new Set<string>();
  for (const { name, firstAvailable } of claim?.requests ?? []) {
    names.add(name);
    for (const alternative of firstAvailable ?? []) names.add(`${name}/${alternative.name}`);
  }
  return names;
}

function* requestReference(field: string, name: string, names: ReadonlySet<string>): Errors {
  const unknown = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = name.split('/');
  if (parts.length <= 2) for (const part of parts) yield* check(field, part, dnsLabel);
  if (!names.has(name)) yield invalid(field, name, unknown);
}

function* request(field: string, { name, exactly, firstAvailable = [] }: resource.DeviceRequest): Errors {
  yield* check(`${field}.name`, name ?? '', dnsLabel);
  const either = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly === undefined && firstAvailable.length === 0) yield required(field, either);
  else if (exactly !== undefined && firstAvailable.length > 0) yield invalid(field, null, `${either}, but multiple fields are set`);
  else if (exactly !== undefined) yield* wanted(`${field}.exactly`, exactly);
  else {
    yield* eachUnique(`${field}.firstAvailable`, firstAvailable, mostAlternatives, nameOf, function* (at, alternative) {
      yield* check(`${at}.name`, alternative.name ?? '', dnsLabel);
      yield* wanted(at, alternative);
    });
  }
}

function* wanted(field: string, request: resource.ExactDeviceRequest): Errors {
  const { allocationMode, count = 0 } = request;
  yield* nameReference(`${field}.deviceClassName`, request.deviceClassName);
  yield* selectors(`${field}.selectors`, request.selectors);
  if (allocationMode === 'All') {
    if (count !== 0) yield invalid(`${field}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) yield invalid(`${field}.count`, count, 'must be greater than zero');
  } else yield notSupported(`${field}.allocationMode`, allocationMode, ['All', 'ExactCount']);
  yield* tolerationRules(`${field}.tolerations`, request.tolerations);
}

const selectors = (field: string, list: resource.DeviceSelector[] | undefined): Errors =>
  eachOf(field, list, mostSelectors, function* (at, { cel }) {
    if (cel === undefined) yield required(`${at}.cel`);
    else yield* selectorExpression(`${at}.cel.expression`, cel.expression);
  });

function* selectorExpression(field: string, expression = ''): Errors {
  if (Buffer.byteLength(expression) > longestSelector) {
    yield tooLong(field, longestSelector);
    return;
  }
  const problem = deviceSelectorError(expression);
  if (problem !== undefined) yield invalid(field, expression, problem);
}

function* configuration(field: string, { opaque }: resource.DeviceClassConfiguration): Errors {
  if (opaque === undefined) {
    yield required(`${field}.opaque`);
    return;
  }
  yield* driverName(`${field}.opaque.driver`, opaque.driver);
  const { parameters } = opaque;
  const at = `${field}.opaque.parameters`;
  if (parameters === undefined) yield required(at);
  else if (Buffer.byteLength(JSON.stringify(parameters)) > longestParameters) yield tooLong(at, longestParameters);
}

export function* resourceClaimStatusUpdate(object: resource.ResourceClaim, old: resource.ResourceClaim): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  const { allocation, devices, reservedFor = [] } = object.status ?? {};
  const consumerOf = ({ uid }: resource.ResourceClaimConsumerReference): string => uid ?? '';
  yield* eachUnique('status.reservedFor', reservedFor, mostConsumers, consumerOf, function* (at, consumer) {
    for (const part of ['resource', 'name', 'uid'] as const) if (!consumer[part]) yield required(`${at}.${part}`);
  });
  const allocated = new Set(allocation?.devices?.results?.map(deviceKey));
  yield* eachUnique('status.devices', devices, Number.MAX_SAFE_INTEGER, deviceKey, function* (at, device) {
    yield* driverName(`${at}.driver`, device.driver);
    yield* poolName(`${at}.pool`, device.pool);
    yield* check(`${at}.device`, device.device ?? '', dnsLabel);
    if (!allocated.has(deviceKey(device))) yield invalid(at, deviceKey(device), 'must be an allocated device in the claim');
  });
  if (reservedFor.length > 0) yield* reservations(object, old);
  if (allocation === undefined) return;
  const before = old.status?.allocation;
  if (before !== undefined) yield* immutable('status.allocation', allocation, before);
  else yield* allocationRules('status.allocation', allocation, requestNames(object.spec?.devices));
}

const deviceKey = ({ driver, pool, device, shareID }: resource.AllocatedDeviceStatus | resource.DeviceRequestAllocationResult): string =>
  [driver, pool, device, ...(shareID === undefined ? [] : [shareID])].join('/');

function* reservations(object: resource.ResourceClaim, old: resource.ResourceClaim): Errors {
  if (object.status?.allocation === undefined) {
    yield forbidden('status.reservedFor', 'may not be specified when `allocated` is not set');
    return;
  }
  const before = old.status?.reservedFor ?? [];
  const added = object.status.reservedFor?.some((consumer) => !before.some((known) => semanticEqual(known, consumer)));
  if (object.metadata.deletionTimestamp !== undefined && added === true) {
    yield forbidden('status.reservedFor', 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set');
  }
}

function* allocationRules(field: string, { devices, nodeSelector }: resource.AllocationResult, names: ReadonlySet<string>): Errors {
  yield* eachOf(`${field}.devices.results`, devices?.results, mostResults, function* (at, result) {
    yield* requestReference(`${at}.request`, result.request ?? '', names);
    yield* driverName(`${at}.driver`, result.driver);
    yield* poolName(`${at}.pool`, result.pool);
    yield* check(`${at}.device`, result.device ?? '', dnsLabel);
  });
  yield* eachOf(`${field}.devices.config`, devices?.config, 2 * mostConfigs, function* (at, config) {
    if (!config.source) yield required(`${at}.source`);
    else if (config.source !== 'FromClaim' && config.source !== 'FromClass') {
      yield notSupported(`${at}.source`, config.source, ['FromClaim', 'FromClass']);
    }
    yield* eachUnique(`${at}.requests`, config.requests, mostRequests, itself, (part, name) => requestReference(part, name, names));
    yield* configuration(at, config);
  });
  if (nodeSelector !== undefined) yield* nodeSelectorRules(`${field}.nodeSelector`, nodeSelector);
}
