import { parseFieldSelector } from '../../api/fields.ts';
import { parseSelector } from '../../api/labels.ts';
import type { KubeObject } from '../../api/object.ts';
import { kindPrefix, objectKey } from '../../store/keys.ts';
import { badRequest, type Call, scopeOf } from './call.ts';

/** What a list or watch covers: a key prefix and a test of each (served-form) object. */
export interface Selection {
  prefix: string;
  /** Undefined when everything below the prefix is meant. */
  matches: ((object: KubeObject) => boolean) | undefined;
}

export function selectionOf(call: Call): Selection {
  const { query } = call.request;
  const { kind, storage } = call.resource;
  const { name } = call.info;
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  const labels = labelText === '' ? undefined : parseSelector(labelText);
  const fields = fieldText === '' ? undefined : parseFieldSelector(kind, fieldText);
  // The old paths of watches name one object, which a selector may only say again.
  if (name !== '' && fieldText !== '' && !selectsName(fieldText, name))
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  const scope = scopeOf(call);
  // One named object, by a selector or by a `/watch/` path: access was asked for that name, so no other may be seen.
  // Its key alone is looked at. The key is also a prefix of longer names, which the test drops.
  const oneKey = name !== '' && (!kind.namespaced || (scope ?? '') !== '');
  const prefix = oneKey ? objectKey(storage, scope, name) : kindPrefix(storage, scope);
  if (labels === undefined && fields === undefined && name === '') return { prefix, matches: undefined };
  return {
    prefix,
    matches: (object) =>
      (name === '' || object.metadata.name === name) &&
      (labels === undefined || labels.matches(object.metadata.labels ?? {})) &&
      (fields === undefined || fields.matches(object)),
  };
}

const selectsName = (selector: string, name: string): boolean =>
  selector.split(',').some((term) => term === `metadata.name=${name}` || term === `metadata.name==${name}`);
