import type { KubeObject } from '../api/object.ts';
import type { FaultPicture } from './picture.ts';

interface Fault extends KubeObject {
  spec?: { type?: string };
  status?: { phase?: string };
}

export function faultPicture(object: KubeObject): FaultPicture {
  const { metadata, spec, status } = object as Fault;
  return {
    uid: metadata.uid ?? '',
    name: metadata.name ?? '',
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    type: spec?.type ?? '',
    phase: status?.phase ?? '',
  };
}
