import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { parseApiVersion } from '../object.ts';
import { hasMessage } from './codecs.ts';
import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';

/** Four bytes before every object (apimachinery's protobuf serializer), then a `runtime.Unknown` with type and content. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const unknownType = 'k8s.io.apimachinery.pkg.runtime.Unknown';
const typeMetaType = 'k8s.io.apimachinery.pkg.runtime.TypeMeta';
const listMetaType = 'k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta';
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';
export const protobufWatchType = `${protobufMediaType};stream=watch`;

interface Envelope {
  typeMeta?: { apiVersion?: string; kind?: string };
  /** Base64, as bytes are in JSON. */
  raw?: string;
}

const packages: Record<string, string> = {
  'apiextensions.k8s.io': 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'k8s.io.kube_aggregator.pkg.apis.apiregistration',
};

/** Types of versions that are gone, which bodies may still name, and whose they are alike. */
const earlier: Record<string, string> = { 'policy/v1beta1 Eviction': 'k8s.io.api.policy.v1.Eviction' };

/** The message that a type is encoded as; undefined for types without one, such as custom resources. */
export function messageFor(apiVersion: string, kind: string): string | undefined {
  const same = earlier[`${apiVersion} ${kind}`];
  if (same !== undefined) return same;
  const { group, version } = parseApiVersion(apiVersion);
  const short = group === '' ? 'core' : group.replace(/\..*$/, '');
  const own = `${packages[group] ?? `k8s.io.api.${short}`}.${version}.${kind}`;
  if (hasMessage(own)) return own;
  // Options and Status are registered in every group version.
  const shared = `k8s.io.apimachinery.pkg.apis.meta.v1.${kind}`;
  return hasMessage(shared) ? shared : undefined;
}

/** An object in `application/vnd.kubernetes.protobuf` as its JSON value. Throws Error for anything else. */
export function decodeObject(bytes: Buffer): Record<string, unknown> {
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw new Error('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const { typeMeta = {}, raw = '' } = decodeMessage(unknownType, bytes.subarray(magic.length)) as Envelope;
  const { apiVersion = '', kind = '' } = typeMeta;
  const message = messageFor(apiVersion, kind);
  if (message === undefined) throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { kind, apiVersion, ...(decodeMessage(message, Buffer.from(raw, 'base64')) as object) };
}

/** Bodies of objects that were encoded before: stored ones are shared and never change. */
const bodies = new WeakMap<object, Uint8Array>();

function bodyOf(message: string, object: object): Uint8Array {
  let body = bodies.get(object);
  if (body === undefined) {
    body = isList(object) ? encodeList(message, object) : encodeMessage(message, object);
    bodies.set(object, body);
  }
  return body;
}

type List = { apiVersion: string; kind: string; metadata?: unknown; items: object[] };
const isList = (object: object): object is List =>
  'items' in object && Array.isArray(object.items) && 'kind' in object && String(object.kind).endsWith('List');

/** Metadata is field 1 and items are field 2 of every list. */
function encodeList(message: string, { apiVersion, kind, metadata, items }: List): Uint8Array {
  const itemMessage = messageFor(apiVersion, kind.slice(0, -'List'.length));
  if (itemMessage === undefined) return encodeMessage(message, { metadata, items });
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(encodeMessage(listMetaType, metadata ?? {}));
  for (const item of items) writer.tag(2, WireType.LengthDelimited).bytes(bodyOf(itemMessage, item));
  return writer.finish();
}

/** The object in `application/vnd.kubernetes.protobuf`; undefined for a type without a message. */
export function encodeObject(object: { apiVersion?: string; kind?: string }): Buffer | undefined {
  const { apiVersion = '', kind = '' } = object;
  const message = messageFor(apiVersion, kind);
  if (message === undefined) return undefined;
  const unknown = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(encodeMessage(typeMetaType, { apiVersion, kind }));
  unknown.tag(2, WireType.LengthDelimited).bytes(bodyOf(message, object));
  // Content encoding and type: upstream sends them though they are empty.
  unknown.tag(3, WireType.LengthDelimited).string('').tag(4, WireType.LengthDelimited).string('');
  return Buffer.concat([magic, unknown.finish()]);
}

/** One frame of a watch in `application/vnd.kubernetes.protobuf;stream=watch`: its length in four bytes, then the event. */
export function encodeWatchFrame(type: string, object: { apiVersion?: string; kind?: string }): Buffer {
  const raw = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(encodeObject(object) ?? Buffer.alloc(0));
  const event = new BinaryWriter().tag(1, WireType.LengthDelimited).string(type).tag(2, WireType.LengthDelimited).bytes(raw.finish());
  const bytes = event.finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
