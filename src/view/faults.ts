import { faultKind as fault } from '../api/fault-kind.ts';
import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { FaultPicture } from './picture.ts';
import { time } from './time.ts';

/** The part of `kind: Fault` that is to be seen. */
export interface Fault extends KubeObject {
  status?: { phase?: string; action?: string; target?: string; expiresAt?: string; finishedAt?: string };
}

/** A cluster that is not Shoal's does not have it, and then there are none. */
export const faultKind = fault as Kind<Fault>;

/** Those that are not over. */
export const faultPictures = (faults: readonly KubeObject[]): FaultPicture[] =>
  (faults as readonly Fault[]).filter(({ status }) => status?.finishedAt === undefined).map(faultPicture);

function faultPicture({ metadata, status }: Fault): FaultPicture {
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    action: status?.action ?? '',
    target: status?.target ?? '',
    phase: status?.phase ?? 'Pending',
    ...(status?.expiresAt === undefined ? {} : { expiresAt: time(status.expiresAt) }),
  };
}
