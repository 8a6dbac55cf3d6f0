import { parseApiVersion } from '../object.ts';
import { hasMessage } from './codecs.ts';
import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';

/** Four bytes before every object (apimachinery's protobuf serializer), then a `runtime.Unknown` with type and content. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const unknownType = 'k8s.io.apimachinery.pkg.runtime.Unknown';
export const protobufMediaType = 'application/vnd.kubernetes.protobuf';

interface Envelope {
  typeMeta?: { apiVersion?: string; kind?: string };
  /** Base64, as bytes are in JSON. */
  raw?: string;
}

const packages: Record<string, string> = {
  'apiextensions.k8s.io': 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'k8s.io.kube_aggregator.pkg.apis.apiregistration',
};

/** The message that a type is encoded as; undefined for types without one, such as custom resources. */
export function messageFor(apiVersion: string, kind: string): string | undefined {
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

/** The object in `application/vnd.kubernetes.protobuf`; undefined for a type without a message. */
export function encodeObject(object: { apiVersion?: string; kind?: string }): Buffer | undefined {
  const { apiVersion = '', kind = '' } = object;
  const message = messageFor(apiVersion, kind);
  if (message === undefined) return undefined;
  const raw = Buffer.from(encodeMessage(message, object)).toString('base64');
  return Buffer.concat([magic, encodeMessage(unknownType, { typeMeta: { apiVersion, kind }, raw })]);
}
