import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject, parseApiVersion } from '../../api/object.ts';
import type { CustomResourceConversion } from '../../api/types/apiextensions-v1.ts';
import type { Conversion } from '../resources.ts';
import { convertByWebhook, type WebhookPost } from './conversion-webhook.ts';

/** Brings objects from one version of a kind to another, in their order; all are of another version than `to`. */
type ConvertVersions = (objects: readonly KubeObject[], to: Kind) => Promise<readonly KubeObject[]>;

/** Conversion None: the versions differ in name alone. */
const rename: ConvertVersions = async (objects, to) => objects.map((object) => ({ ...object, apiVersion: apiVersionOf(to) }));

/**
 * Between what is stored of a custom resource, in whichever version it was written, and the form of one served version. As
 * upstream has it, what is read is pruned and gets its defaults by the schema that it was stored under, and what a conversion
 * gives is pruned by the schema that it is converted to: fields that the stored version does not know are lost when they are
 * written, and defaults of other versions do not show.
 */
export function customConversion(options: {
  served: Kind;
  storage: Kind;
  /** The kind of a version of the definition, served or not. */
  kindOf: (version: string) => Kind | undefined;
  conversion: CustomResourceConversion | undefined;
  post: WebhookPost;
}): Conversion {
  const { served, storage, kindOf, conversion, post } = options;
  const webhook = conversion?.strategy === 'Webhook' ? conversion.webhook : undefined;
  const convert: ConvertVersions = webhook === undefined ? rename : (objects, to) => convertByWebhook(webhook, objects, to, post);
  /** Stored object → served object; a stored object never changes. */
  const known = new WeakMap<KubeObject, KubeObject>();
  const remembered = (stored: KubeObject, object: KubeObject): KubeObject => {
    known.set(stored, object);
    return object;
  };
  /** The object as its own version has it. */
  const read = (object: KubeObject): KubeObject => {
    const rules = kindOf(parseApiVersion(object.apiVersion ?? '').version)?.custom;
    if (rules === undefined || rules.isComplete(object)) return object;
    const result = structuredClone(object);
    rules.prune(result);
    rules.applyDefaults(result);
    return result;
  };
  const convertTo = async (objects: readonly KubeObject[], to: Kind): Promise<readonly KubeObject[]> => {
    const converted = structuredClone(await convert(objects, to)) as KubeObject[];
    for (const object of converted) to.custom?.prune(object);
    return converted;
  };
  const inVersion = (object: KubeObject, kind: Kind): boolean => object.apiVersion === apiVersionOf(kind);
  const fromStorageAll = async (objects: readonly KubeObject[]): Promise<readonly KubeObject[]> => {
    const foreign = objects.filter((object) => !known.has(object) && !inVersion(object, served));
    const converted = foreign.length === 0 ? [] : await convertTo(foreign.map(read), served);
    const byStored = new Map(foreign.map((object, index) => [object, converted[index] ?? object]));
    return objects.map((object) => known.get(object) ?? remembered(object, byStored.get(object) ?? read(object)));
  };
  return {
    toStorage: (object) => (inVersion(object, storage) ? object : one(convertTo([object], storage))),
    fromStorage: (object) =>
      known.get(object) ?? (inVersion(object, served) ? remembered(object, read(object)) : one(fromStorageAll([object]))),
    fromStorageAll,
  };
}

async function one(objects: Promise<readonly KubeObject[]>): Promise<KubeObject> {
  const [object] = await objects;
  if (object === undefined) throw new TypeError('a conversion lost its object');
  return object;
}
