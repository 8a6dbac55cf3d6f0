import type { IncomingMessage } from 'node:http';
import { YAMLParseError } from 'yaml';
import { goSyntaxError } from '../../api/go-json.ts';
import type { ApiRequest } from '../../api/http.ts';
import { decodeObject as decodeProtobuf, protobufMediaType } from '../../api/protobuf/envelope.ts';
import { ApiError } from '../../api/status.ts';
import { messageOf } from '../../util/errors.ts';
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

/** What the decoder adds to a request. */
export type DecodedBody = Pick<ApiRequest, 'body' | 'rawBody' | 'yamlBody' | 'bodyFault' | 'duplicateKeys'>;

/** Decodes a body by its content type. What does not decode is for those to refuse who need the body. */
export async function decodeBytes(bytes: Buffer, contentType: string | undefined, patching: boolean): Promise<DecodedBody> {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const decoder = (patching ? patchDecoders : decoders)[type];
  // A patch with an unknown type is refused where its type is looked at, with the list of patch types.
  if (decoder === undefined) return patching ? { body: null } : { bodyFault: { reason: 'media type', text: unknownType } };
  try {
    if (decoder === 'protobuf') return { body: decodeProtobuf(bytes) };
    return decoder === 'json' ? { body: JSON.parse(bytes.toString('utf8')), rawBody: bytes } : await decodeYaml(bytes);
  } catch (thrown) {
    if (thrown instanceof ApiError) throw thrown;
    const text = decoder === 'json' ? jsonFault(bytes) : thrown instanceof YAMLParseError ? yamlFault(thrown) : messageOf(thrown);
    return { rawBody: bytes, bodyFault: { reason: 'syntax', text } };
  }
}

async function decodeYaml(bytes: Buffer): Promise<DecodedBody> {
  const { value, duplicateKeys } = await readYaml(bytes.toString('utf8'));
  return { body: value, yamlBody: bytes, ...(duplicateKeys.length === 0 ? {} : { duplicateKeys }) };
}

const jsonFault = (bytes: Buffer): string => goSyntaxError(bytes.toString('utf8')) ?? 'invalid JSON';

/** The place first, as go-yaml has it. */
function yamlFault({ message, linePos }: YAMLParseError): string {
  const [text = ''] = message.split(' at line ');
  const known = text.startsWith('Nested mappings') ? 'mapping values are not allowed in this context' : text;
  return `yaml: line ${linePos?.[0].line ?? 1}: ${known}`;
}

const unknownType =
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf';
