import type { DeviceClaim, ExactDeviceRequest, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from '../types/resource-v1.ts';

/** SetDefaults_ExactDeviceRequest, SetDefaults_DeviceSubRequest. */
function defaultRequest(request: ExactDeviceRequest): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
}

function defaultDevices(claim: DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable } of claim?.requests ?? []) {
    if (exactly !== undefined) defaultRequest(exactly);
    for (const alternative of firstAvailable ?? []) defaultRequest(alternative);
  }
}

export function defaultResourceClaim({ spec, status }: ResourceClaim): void {
  defaultDevices(spec.devices);
  if (status?.allocation !== undefined) status.allocation.devices ??= {};
}

export function defaultResourceClaimTemplate({ spec }: ResourceClaimTemplate): void {
  spec.metadata ??= {};
  spec.spec = { ...spec.spec, devices: spec.spec?.devices ?? {} };
  defaultDevices(spec.spec.devices);
}

export function defaultResourceSlice({ spec }: ResourceSlice): void {
  for (const { nodeAllocatableResourceMappings = {} } of spec?.devices ?? []) {
    for (const mapping of Object.values(nodeAllocatableResourceMappings)) mapping.allocationMultiplier ??= '1';
  }
}
