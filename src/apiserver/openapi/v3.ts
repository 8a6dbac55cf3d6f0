import type { Kind } from '../../api/kind.ts';
import { versionInfo } from '../version.ts';
import { closure, type Definitions, definitionKinds, definitionsOf, described, forV3 } from './definitions.ts';
import { type ApiOperation, type ApiPath, pathsOf } from './operations.ts';

/** The OpenAPI v3 document of one group version. `all` are the kinds of every group, for the types that they share. */
export function openapiV3(kinds: readonly Kind[], all: readonly Kind[]): unknown {
  const paths = kinds.flatMap(pathsOf);
  const named = new Set(
    paths.flatMap(({ operations }) => operations.flatMap(({ answer, body }) => (body === undefined ? [answer] : [answer, body]))),
  );
  const types = definitionKinds(all);
  const definitions = definitionsOf(kinds, 'v3');
  const schemas: Record<string, unknown> = {};
  for (const name of [...closure(named, definitions)].sort()) {
    const gvks = types.get(name);
    schemas[name] = {
      ...(forV3(described(definitions.get(name), definitions)) as object),
      ...(gvks === undefined ? {} : { 'x-kubernetes-group-version-kind': gvks }),
    };
  }
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: versionInfo.gitVersion },
    paths: Object.fromEntries(paths.map((path) => [path.path, pathItem(path, definitions)])),
    components: { schemas, securitySchemes: { BearerToken: { type: 'apiKey', in: 'header', name: 'authorization' } } },
  };
}

const schemaFor = (name: string, definitions: Definitions): unknown =>
  name === 'string' || definitions.get(name) === undefined ? { type: 'string' } : { $ref: `#/components/schemas/${name}` };

function pathItem({ variables, operations }: ApiPath, definitions: Definitions): unknown {
  const parameters = variables.map((name) => ({
    name,
    in: 'path',
    description: name === 'name' ? 'The name of the object.' : 'The namespace of the object.',
    required: true,
    schema: { type: 'string', uniqueItems: true },
  }));
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationItem(operation, definitions)])),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

const answers: Record<string, [string, string][]> = {
  post: [
    ['200', 'OK'],
    ['201', 'Created'],
    ['202', 'Accepted'],
  ],
  put: [
    ['200', 'OK'],
    ['201', 'Created'],
  ],
  patch: [
    ['200', 'OK'],
    ['201', 'Created'],
  ],
  delete: [
    ['200', 'OK'],
    ['202', 'Accepted'],
  ],
};
const patchTypes = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

function operationItem(operation: ApiOperation, definitions: Definitions): unknown {
  const { action, gvk, id, tag, query, body, answer, strategic } = operation;
  const content = (types: readonly string[], name: string) =>
    Object.fromEntries(types.map((type) => [type, { schema: schemaFor(name, definitions) }]));
  const produced = answer === 'string' ? ['*/*'] : ['application/json', 'application/yaml'];
  const codes = action === 'connect' ? [['200', 'OK'] as [string, string]] : (answers[action] ?? [['200', 'OK']]);
  return {
    tags: [tag],
    operationId: id,
    parameters: query.map(({ name, type, description }) => ({ name, in: 'query', description, schema: { type, uniqueItems: true } })),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            content: content(action === 'patch' ? patchTypes.filter((type) => strategic || !type.includes('strategic')) : ['*/*'], body),
            required: action !== 'delete' && action !== 'deletecollection',
          },
        }),
    responses: {
      ...Object.fromEntries(codes.map(([code, description]) => [code, { description, content: content(produced, answer) }])),
      '401': { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}
