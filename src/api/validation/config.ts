import { semanticEqual } from '../deep-equal.ts';
import { goSyntaxError } from '../go-json.ts';
import { kinds } from '../scheme.ts';
import type { ConfigMap, Secret, ServiceAccount } from '../types/core-v1.ts';
import { immutable } from './common.ts';
import { type Errors, forbidden, invalid, required, tooLong } from './field-error.ts';
import { configMapKey } from './formats.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';

const maxBytes = 1024 * 1024;
const frozenMessage = 'field is immutable when `immutable` is set';

/** The decoded length of base64 text, without decoding it. */
const decodedLength = (text: string): number => Math.floor((text.replace(/=+$/, '').length * 3) / 4);

export function* configMap({ metadata, data = {}, binaryData = {} }: ConfigMap): Errors {
  yield* objectMeta(kinds.ConfigMap, metadata);
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    for (const problem of configMapKey(key)) yield invalid(`data[${key}]`, key, problem);
    if (Object.hasOwn(binaryData, key)) yield invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    bytes += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    for (const problem of configMapKey(key)) yield invalid(`binaryData[${key}]`, key, problem);
    bytes += decodedLength(value);
  }
  // Upstream reports the size on the object as a whole, whose path is printed so.
  if (bytes > maxBytes) yield tooLong('[]', maxBytes);
}
export function* configMapUpdate(object: ConfigMap, old: ConfigMap): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* frozen(object, old, ['data', 'binaryData']);
  yield* configMap(object);
}

function* frozen<T extends { immutable?: boolean }>(object: T, old: T, parts: (keyof T & string)[]): Errors {
  if (old.immutable !== true) return;
  if (object.immutable !== true) yield forbidden('immutable', frozenMessage);
  for (const part of parts) if (!semanticEqual(object[part], old[part])) yield forbidden(part, frozenMessage);
}

export function* secret(object: Secret): Errors {
  const { metadata, data = {} } = object;
  yield* objectMeta(kinds.Secret, metadata);
  let bytes = 0;
  for (const [key, value] of Object.entries(data)) {
    for (const problem of configMapKey(key)) yield invalid(`data[${key}]`, key, problem);
    bytes += decodedLength(value);
  }
  if (bytes > maxBytes) yield tooLong('data', maxBytes);
  yield* typedSecret(object);
}
export function* secretUpdate(object: Secret, old: Secret): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* immutable('type', object.type, old.type);
  yield* frozen(object, old, ['data']);
  yield* secret(object);
}

/** Keys that the well-known types must have. */
function* typedSecret({ type, data = {}, metadata }: Secret): Errors {
  const needs = (...keys: string[]): Errors => keys.filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const key = 'kubernetes.io/service-account.name';
      if (!metadata.annotations?.[key]) yield required(`metadata.annotations[${key}]`);
      break;
    }
    case 'kubernetes.io/dockercfg':
      yield* needs('.dockercfg');
      yield* isJson('.dockercfg', data);
      break;
    case 'kubernetes.io/dockerconfigjson':
      yield* needs('.dockerconfigjson');
      yield* isJson('.dockerconfigjson', data);
      break;
    case 'kubernetes.io/basic-auth':
      if (data['username'] === undefined && data['password'] === undefined) yield* needs('username', 'password');
      break;
    case 'kubernetes.io/ssh-auth':
      if (!data['ssh-privatekey']) yield required('data[ssh-privatekey]');
      break;
    case 'kubernetes.io/tls':
      yield* needs('tls.crt', 'tls.key');
      break;
  }
}

function* isJson(key: string, data: Record<string, string>): Errors {
  if (data[key] === undefined) return;
  const problem = goSyntaxError(Buffer.from(data[key], 'base64').toString('utf8'));
  if (problem !== undefined) yield invalid(`data[${key}]`, '<secret contents redacted>', problem);
}

export const serviceAccount = ({ metadata }: ServiceAccount): Errors => objectMeta(kinds.ServiceAccount, metadata);
