import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type GroupVersionKind } from '../../api/object.ts';
import { subresourceFacts } from '../subresource-facts.ts';

/** One operation of one path, in the words both OpenAPI versions share. */
export interface ApiOperation {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  action: 'list' | 'post' | 'deletecollection' | 'get' | 'put' | 'patch' | 'delete' | 'connect';
  gvk: GroupVersionKind;
  /** Query parameters by name with their type and what they do. */
  query: readonly Parameter[];
  /** Definition names of the body and the answer. */
  body: string | undefined;
  answer: string;
  tag: string;
  id: string;
  /** Whether strategic merge patches are taken, as they are of built-in kinds; kubectl looks. */
  strategic: boolean;
}

export interface ApiPath {
  path: string;
  /** `name`, `namespace`. */
  variables: readonly string[];
  operations: readonly ApiOperation[];
}

export interface Parameter {
  name: string;
  type: 'string' | 'integer' | 'boolean';
  description: string;
}

const parameter = (name: string, type: Parameter['type'], description: string): Parameter => ({ name, type, description });
export const pretty = parameter('pretty', 'string', 'Whether to indent the answer for people.');
const dryRun = parameter('dryRun', 'string', 'With the value All nothing is stored; the answer is what it would have been.');
const fieldManager = parameter('fieldManager', 'string', 'The name under which the fields of this change are owned.');
const fieldValidation = parameter('fieldValidation', 'string', 'What becomes of unknown and duplicate fields: Ignore, Warn or Strict.');
const force = parameter('force', 'boolean', 'Whether an apply takes over fields that another manager owns.');
const listing: readonly Parameter[] = [
  parameter('allowWatchBookmarks', 'boolean', 'Whether the watch may send events of type BOOKMARK.'),
  parameter('continue', 'string', 'The token of the previous page.'),
  parameter('fieldSelector', 'string', 'Restricts the list of returned objects by their fields.'),
  parameter('labelSelector', 'string', 'Restricts the list of returned objects by their labels.'),
  parameter('limit', 'integer', 'The most items that one page may have.'),
  parameter('resourceVersion', 'string', 'Where to read from.'),
  parameter('resourceVersionMatch', 'string', 'How resourceVersion is meant: Exact or NotOlderThan.'),
  parameter('sendInitialEvents', 'boolean', 'Whether the watch begins with the present state, ended by a bookmark.'),
  parameter('timeoutSeconds', 'integer', 'How long the call may last.'),
  parameter('watch', 'boolean', 'Watch for changes to the described resources: the answer is a stream of events.'),
];
const deleting: readonly Parameter[] = [
  dryRun,
  parameter('gracePeriodSeconds', 'integer', 'Seconds until the object is removed.'),
  parameter('orphanDependents', 'boolean', 'Deprecated in favour of propagationPolicy.'),
  parameter('propagationPolicy', 'string', 'What becomes of dependents: Orphan, Background or Foreground.'),
];
const writing: readonly Parameter[] = [dryRun, fieldManager, fieldValidation];

const metaV1 = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const statusType = `${metaV1}.Status`;
const patchType = `${metaV1}.Patch`;
const deleteOptionsType = `${metaV1}.DeleteOptions`;

/** Every path of one kind: the collection, over all namespaces too, the object and its subresources. */
export function pathsOf(kind: Kind): ApiPath[] {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const scoped = kind.namespaced ? `${root}/namespaces/{namespace}` : root;
  const variables = kind.namespaced ? ['namespace'] : [];
  const make = operationMaker(kind);
  const has = (verb: Kind['verbs'][number]): boolean => kind.verbs.includes(verb);
  const collection: ApiOperation[] = [];
  if (has('list')) collection.push(make('get', 'list', `${kind.schema}List`, listing));
  if (has('create')) collection.push(make('post', 'post', kind.schema, writing, kind.schema));
  if (has('deletecollection'))
    collection.push(make('delete', 'deletecollection', statusType, [...listing, ...deleting], deleteOptionsType));
  const object: ApiOperation[] = [];
  if (has('get')) object.push(make('get', 'get', kind.schema, []));
  if (has('update')) object.push(make('put', 'put', kind.schema, writing, kind.schema));
  if (has('patch')) object.push(make('patch', 'patch', kind.schema, [...writing, force], patchType));
  if (has('delete')) object.push(make('delete', 'delete', statusType, deleting, deleteOptionsType));
  const paths: ApiPath[] = [{ path: `${scoped}/${kind.plural}`, variables, operations: collection }];
  if (object.length > 0) paths.push({ path: `${scoped}/${kind.plural}/{name}`, variables: ['name', ...variables], operations: object });
  if (kind.namespaced && has('list')) {
    paths.push({
      path: `${root}/${kind.plural}`,
      variables: [],
      operations: [make('get', 'list', `${kind.schema}List`, listing, undefined, 'ForAllNamespaces')],
    });
  }
  for (const name of kind.subresources) {
    paths.push({
      path: `${scoped}/${kind.plural}/{name}/${name}`,
      variables: ['name', ...variables],
      operations: subresourceOperations(kind, name, make),
    });
  }
  return paths;
}

type Make = ReturnType<typeof operationMaker>;

function operationMaker(kind: Kind) {
  const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
  const short = kind.group === '' ? 'core' : kind.group.replace(/\..*$/, '');
  const whole = kind.group.split(/[.-]/).map((part, index) => (index === 0 ? part : upper(part)));
  const group = kind.custom === undefined ? short : whole.join('');
  const tag = `${group}_${kind.version}`;
  const verbs: Record<string, string> = { get: 'read', post: 'create', put: 'replace', deletecollection: 'deleteCollection' };
  return (
    method: ApiOperation['method'],
    action: ApiOperation['action'],
    answer: string,
    query: readonly Parameter[],
    body?: string,
    suffix = '',
    gvk: GroupVersionKind = { group: kind.group, version: kind.version, kind: kind.kind },
  ): ApiOperation => ({
    method,
    action,
    gvk,
    query: [pretty, ...query],
    body,
    answer,
    strategic: kind.custom === undefined,
    tag,
    id: `${action === 'connect' ? `connect${upper(method)}` : (verbs[action] ?? action)}${upper(group)}${upper(kind.version)}${kind.namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : ''}${kind.kind}${suffix}`,
  });
}

const connected = new Set(['exec', 'attach', 'portforward', 'proxy']);
const methodOf: Record<string, ApiOperation['method']> = { get: 'get', create: 'post', update: 'put', patch: 'patch', delete: 'delete' };

function subresourceOperations(kind: Kind, name: string, make: Make): ApiOperation[] {
  const facts = subresourceFacts(kind, name);
  const suffix = name.charAt(0).toUpperCase() + name.slice(1);
  const gvk = facts.kind ?? { group: kind.group, version: kind.version, kind: kind.kind };
  const type = facts.kind === undefined ? kind.schema : schemaOf(facts.kind);
  return facts.verbs.map((verb) => {
    const method = methodOf[verb] ?? 'get';
    if (connected.has(name)) return make(method, 'connect', 'string', [], undefined, suffix, gvk);
    if (name === 'log') return make(method, 'get', 'string', [], undefined, suffix, gvk);
    if (verb === 'get') return make(method, 'get', type, [], undefined, suffix, gvk);
    const body = verb === 'patch' ? patchType : type;
    const action = verb === 'create' ? 'post' : verb === 'update' ? 'put' : 'patch';
    return make(method, action, type, verb === 'patch' ? [...writing, force] : writing, body, suffix, gvk);
  });
}

const schemaOf = ({ group, version, kind }: GroupVersionKind): string =>
  `io.k8s.api.${group === '' ? 'core' : group.replace(/\..*$/, '')}.${version}.${kind}`;
