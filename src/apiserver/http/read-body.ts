import type { IncomingMessage } from 'node:http';
import { decodeObject as decodeProtobuf, protobufMediaType } from '../../api/protobuf/envelope.ts';
import { ApiError } from '../../api/status.ts';
import { messageOf } from '../../util/errors.ts';
import { goJsonError } from './json-errors.ts';
import { readYaml } from './read-yaml.ts';

/** The largest body that is read (upstream: MaxRequestBodyBytes). */
export const maxBodyBytes = 3 * 1024 * 1024;

const tooLarge = (): ApiError => new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBodyBytes}`);

/** The whole body; throws 413 as soon as it is known to be too long. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? '0');
  if (announced > maxBodyBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBodyBytes) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)));
    const broken = (): void => {
      if (!request.complete) reject(new ApiError('BadRequest', 'the request ended before its body was complete'));
    };
    request.on('error', broken);
    request.on('close', broken);
  });
}

/** Media types of bodies, with how each is read. */
const decoders: Record<string, 'json' | 'yaml' | 'protobuf'> = {
  '': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
  [protobufMediaType]: 'protobuf',
};
const patchDecoders: typeof decoders = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'json',
  'application/strategic-merge-patch+json': 'json',
  'application/apply-patch+yaml': 'yaml',
};

export interface DecodedBody {
  value: unknown;
  /** What is wrong with text that does not parse. */
  fault?: string;
  /** Set for JSON, whose duplicate fields can be found in it, and with `fault`. */
  raw?: Buffer;
}

/**
 * Decodes a body by its content type: 415 for a type that is not served, 400 for a patch that does not parse. Other text
 * that does not parse is left to whoever knows which kind it should have been.
 */
export async function decodeBytes(bytes: Buffer, contentType: string | undefined, patching: boolean): Promise<DecodedBody> {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const decoder = (patching ? patchDecoders : decoders)[type];
  // A patch with an unknown type is refused where its type is looked at, with the list of patch types.
  if (decoder === undefined && !patching) throw unsupportedType();
  if (decoder === undefined) return { value: null };
  const text = decoder === 'protobuf' ? '' : bytes.toString('utf8');
  try {
    if (decoder === 'protobuf') return { value: decodeProtobuf(bytes) };
    if (decoder === 'json') return { value: JSON.parse(text), raw: bytes };
    return { value: await readYaml(text) };
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    const fault = decoder === 'json' ? goJsonError(messageOf(thrown), text) : messageOf(thrown);
    if (patching) throw new ApiError('BadRequest', `error decoding patch: ${fault}`);
    return { value: undefined, raw: bytes, fault: `couldn't get version/kind; ${decoder} parse error: ${fault}` };
  }
}

const unsupportedType = (): ApiError =>
  new ApiError(
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
