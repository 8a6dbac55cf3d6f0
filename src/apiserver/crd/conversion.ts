import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import type { CustomResourceConversion } from '../../api/types/apiextensions-v1.ts';
import type { Conversion } from '../resources.ts';
import { convertByWebhook, type WebhookPost } from './conversion-webhook.ts';

/** Brings objects from one version of a kind to another, in their order; all are of another version than `to`. */
type ConvertVersions = (objects: readonly KubeObject[], to: Kind) => Promise<readonly KubeObject[]>;

/** Conversion None: the versions differ in name alone. */
const rename: ConvertVersions = async (objects, to) => objects.map((object) => ({ ...object, apiVersion: apiVersionOf(to) }));

/**
 * Between what is stored of a custom resource, in whichever version it was written, and the form of one served version:
 * converted, pruned and with defaults (upstream does the same on each read).
 */
export function customConversion(options: {
  served: Kind;
  storage: Kind;
  conversion: CustomResourceConversion | undefined;
  post: WebhookPost;
}): Conversion {
  const { served, storage, conversion, post } = options;
  const webhook = conversion?.strategy === 'Webhook' ? conversion.webhook : undefined;
  const convert: ConvertVersions = webhook === undefined ? rename : (objects, to) => convertByWebhook(webhook, objects, to, post);
  /** Stored object → served object; a stored object never changes. */
  const known = new WeakMap<KubeObject, KubeObject>();
  const finished = (stored: KubeObject, object: KubeObject): KubeObject => {
    const rules = served.custom;
    let result = object;
    if (rules !== undefined && !rules.isComplete(object)) {
      result = structuredClone(object);
      rules.prune(result);
      rules.applyDefaults(result);
    }
    known.set(stored, result);
    return result;
  };
  const inVersion = (object: KubeObject, kind: Kind): boolean => object.apiVersion === apiVersionOf(kind);
  const fromStorageAll = async (objects: readonly KubeObject[]): Promise<readonly KubeObject[]> => {
    const foreign = objects.filter((object) => !known.has(object) && !inVersion(object, served));
    const converted = foreign.length === 0 ? [] : await convert(foreign, served);
    const byStored = new Map(foreign.map((object, index) => [object, converted[index] ?? object]));
    return objects.map((object) => known.get(object) ?? finished(object, byStored.get(object) ?? object));
  };
  return {
    toStorage: (object) => (inVersion(object, storage) ? object : one(convert([object], storage))),
    fromStorage: (object) => known.get(object) ?? (inVersion(object, served) ? finished(object, object) : one(fromStorageAll([object]))),
    fromStorageAll,
  };
}

async function one(objects: Promise<readonly KubeObject[]>): Promise<KubeObject> {
  const [object] = await objects;
  if (object === undefined) throw new TypeError('a conversion lost its object');
  return object;
}
