import type { Kind } from '../../api/kind.ts';
import { versionInfo } from '../version.ts';
import { type Definitions, definitionKinds, definitionsOf, described } from './definitions.ts';
import { type ApiOperation, type ApiPath, pathsOf } from './operations.ts';

/** The one OpenAPI v2 (Swagger) document of all that is served. */
export function openapiV2(kinds: readonly Kind[]): unknown {
  const types = definitionKinds(kinds);
  const all = definitionsOf(kinds, 'v2');
  const definitions: Record<string, unknown> = {};
  for (const name of all.names().sort()) {
    const gvks = types.get(name);
    const definition = described(all.get(name), all);
    definitions[name] = gvks === undefined ? definition : { ...definition, 'x-kubernetes-group-version-kind': gvks };
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: versionInfo.gitVersion },
    paths: Object.fromEntries(kinds.flatMap(pathsOf).map((path) => [path.path, pathItem(path, all)])),
    definitions,
    securityDefinitions: { BearerToken: { type: 'apiKey', in: 'header', name: 'authorization' } },
    security: [{ BearerToken: [] }],
  };
}

function pathItem({ variables, operations }: ApiPath, all: Definitions): unknown {
  const parameters = variables.map((name) => ({ name, in: 'path', required: true, type: 'string', uniqueItems: true }));
  return {
    ...Object.fromEntries(operations.map((operation) => [operation.method, operationItem(operation, all)])),
    ...(parameters.length === 0 ? {} : { parameters }),
  };
}

function operationItem({ action, gvk, id, tag, query, body, answer }: ApiOperation, all: Definitions): unknown {
  const schema = (name: string): unknown =>
    name === 'string' || all.get(name) === undefined ? { type: 'string' } : { $ref: `#/definitions/${name}` };
  const bodyParameter =
    body === undefined ? [] : [{ name: 'body', in: 'body', required: !action.startsWith('delete'), schema: schema(body) }];
  return {
    tags: [tag],
    operationId: id,
    consumes: ['*/*'],
    produces: answer === 'string' ? ['*/*'] : ['application/json', 'application/yaml'],
    schemes: ['https'],
    parameters: [
      ...bodyParameter,
      ...query.map(({ name, type, description }) => ({ name, in: 'query', description, type, uniqueItems: true })),
    ],
    responses: { '200': { description: 'OK', schema: schema(answer) }, '401': { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvk,
  };
}
