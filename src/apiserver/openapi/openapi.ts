import { createHash } from 'node:crypto';
import type { ApiResponse } from '../../api/http.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/object.ts';
import { allKinds } from '../../api/scheme.ts';
import type { PathHandler } from '../handle.ts';
import { jsonOnly, negotiate } from '../negotiate.ts';
import type { Resources } from '../resources.ts';
import { openapiV2 } from './v2.ts';
import { encodeOpenapiV2, openapiV2Protobuf } from './v2-protobuf.ts';
import { openapiV3 } from './v3.ts';

interface Document {
  data: Buffer;
  contentType: string;
  hash: string;
}

/** `/openapi/v2`, `/openapi/v3` and the documents below it; each is made when first asked for and kept. */
export function openapiPaths(resources: Resources): PathHandler {
  const documents = new Map<string, Document & { about: readonly Kind[] }>();
  const kinds = () => resources.all().map(({ kind }) => kind);
  /** Made again when the kinds that it is about are others: custom resources come, change and go. */
  const kept = (name: string, contentType: string, about: readonly Kind[], make: (kinds: readonly Kind[]) => Buffer): Document => {
    const known = documents.get(name);
    if (known?.about.length === about.length && about.every((kind, index) => kind === known.about[index])) return known;
    const data = make(about);
    const made = { data, contentType, about, hash: createHash('sha512').update(data).digest('hex').toUpperCase() };
    documents.set(name, made);
    return made;
  };
  const document = (name: string, about: readonly Kind[], make: (kinds: readonly Kind[]) => unknown): Document =>
    kept(name, 'application/json', about, (given) => Buffer.from(JSON.stringify(make(given))));
  const v2InProtobuf = (): Document =>
    kept('v2 in protobuf', openapiV2Protobuf.answered, kinds(), (all) => Buffer.from(encodeOpenapiV2(openapiV2(all))));
  const groupVersions = (): string[] =>
    [...new Set(kinds().map((kind) => (kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`)))].sort();
  const ofGroupVersion = (name: string): Document => {
    const own = kinds().filter((kind) => name === (kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`));
    // Of other groups' kinds only shared types are said, and those of the built-in ones do not change.
    return document(name, own, (about) => openapiV3(about, [...allKinds, ...about]));
  };

  return (request) => {
    const { path, headers, query } = request;
    if (path === '/openapi/v2') {
      const known = headers['if-none-match'];
      if (headers['accept']?.split(',').some((one) => openapiV2Protobuf.asked.includes(one.trim())) === true)
        return sent(v2InProtobuf(), known);
      negotiate(headers['accept'], jsonOnly);
      return sent(document('v2', kinds(), openapiV2), known);
    }
    if (path === '/openapi/v3') {
      const paths = groupVersions().map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${ofGroupVersion(name).hash}` }]);
      return { status: 200, body: { kind: 'object', value: { paths: Object.fromEntries(paths) } } };
    }
    const name = path.startsWith('/openapi/v3/') ? path.slice('/openapi/v3/'.length) : '';
    if (name === '' || !groupVersions().includes(name)) return undefined;
    negotiate(headers['accept'], jsonOnly);
    const found = ofGroupVersion(name);
    const asked = query.get('hash');
    if (asked !== null && asked !== found.hash) return moved(`${path}?hash=${found.hash}`);
    const response = sent(found, headers['if-none-match']);
    // The hash in the address makes the answer good for ever.
    return asked === null ? response : { ...response, headers: { ...response.headers, 'cache-control': 'public, immutable' } };
  };
}

function sent({ data, contentType, hash }: Document, known: string | undefined): ApiResponse {
  const etag = `"${hash}"`;
  if (known === etag) return { status: 304, headers: { etag }, body: { kind: 'raw', contentType, data: '' } };
  return { status: 200, headers: { etag, vary: 'Accept' }, body: { kind: 'raw', contentType, data } };
}

const moved = (location: string): ApiResponse => ({
  status: 301,
  headers: { location },
  body: { kind: 'raw', contentType: 'text/plain', data: '' },
});
