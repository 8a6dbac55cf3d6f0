/**
 * What a request asks for, read from its method, path and query alone: apiserver's `RequestInfo`
 * (staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go). Authorization and routing both use it.
 */
export interface RequestInfo {
  isResource: boolean;
  /** The cleaned path, for non-resource rules. */
  path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in lower case. */
  verb: string;
  group: string;
  version: string;
  namespace: string;
  resource: string;
  subresource: string;
  name: string;
  /** As in the query, of requests for many objects; authorizers may look at it. */
  fieldSelector: string;
  /** What follows the subresource, for `proxy`; starts with `/` when there is any. */
  rest: string;
}

const verbOf: Record<string, string> = { POST: 'create', GET: 'get', HEAD: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const namespaceSubresources = new Set(['status', 'finalize']);

const nonResource = (method: string, path: string): RequestInfo => ({
  isResource: false,
  path,
  verb: method.toLowerCase(),
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  fieldSelector: '',
  rest: '',
});

/** As Go's server has it, escaped slashes are slashes by the time that anybody looks at the path. */
const decoded = (path: string): string => {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** A truth value of a query: false where it is absent, `0` or `false`, and true otherwise (upstream: Convert_Slice_string_To_bool). */
export const queryFlag = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
};

/** Reads a request. Never fails: a path outside `/api` and `/apis`, or too short to name a resource, is a non-resource one. */
export function parseRequest(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = decoded(path)
    .split('/')
    .filter((part) => part !== '');
  const root = parts[0];
  const prefix = root === 'api' ? 2 : root === 'apis' ? 3 : 0;
  if (prefix === 0 || parts.length <= prefix) return nonResource(method, path);
  const info = nonResource(method, path);
  info.isResource = true;
  info.group = prefix === 3 ? (parts[1] ?? '') : '';
  info.version = parts[prefix - 1] ?? '';
  info.verb = verbOf[method] ?? '';
  let at = prefix;
  let watchPath = false;
  if (parts[at] === 'watch' && parts.length > at + 1) {
    watchPath = true;
    at++;
  }
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    info.namespace = parts[at + 1] ?? '';
    if (parts.length > at + 2 && !namespaceSubresources.has(parts[at + 2] ?? '')) at += 2;
  }
  info.resource = parts[at] ?? '';
  info.name = parts[at + 1] ?? '';
  info.subresource = parts[at + 2] ?? '';
  if (parts.length > at + 3) info.rest = afterSegments(path, at + 3);
  else if (info.subresource !== '' && path.endsWith('/')) info.rest = '/';
  if (info.name === '') applyCollection(info, query);
  if (watchPath) info.verb = 'watch';
  return info;
}

/** The path from the given segment on, byte for byte, for proxied requests. */
function afterSegments(path: string, count: number): string {
  let index = 0;
  for (let seen = 0; seen < count; seen++) {
    while (path[index] === '/') index++;
    const next = path.indexOf('/', index);
    if (next < 0) return '';
    index = next;
  }
  return path.slice(index);
}

/** Without a name, get is list or watch and delete is deletecollection; a `metadata.name` selector counts as a name for authorization. */
function applyCollection(info: RequestInfo, query: URLSearchParams): void {
  if (info.verb === 'get' || info.verb === 'delete') info.fieldSelector = query.get('fieldSelector') ?? '';
  if (info.verb === 'get') {
    info.verb = queryFlag(query, 'watch') ? 'watch' : 'list';
    const selected = /(?:^|,)metadata\.name==?([^,!=]+)(?:,|$)/.exec(info.fieldSelector);
    if (selected?.[1] !== undefined) info.name = selected[1];
  } else if (info.verb === 'delete') info.verb = 'deletecollection';
}
