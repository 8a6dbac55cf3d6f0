import type { Environment } from '@marcbachmann/cel-js';
import { isNode, walk } from '../ast.ts';
import { type CelProgram, compileExpression } from '../compile.ts';
import { celEnvironment } from '../environment.ts';
import { registerAuthorizer } from './authorizer.ts';
import { withMapLiterals } from './literals.ts';

/** Which variables an expression may name besides `object`, `oldObject`, `request` and `authorizer`. */
export interface AdmissionScope {
  params?: boolean;
  /** `namespaceObject` and `variables`: policies have them, webhooks have not. */
  policy?: boolean;
}

/** Reaches `jsonpatch.escapeKey`. */
class JsonPatchNamespace {}

function makeEnvironment({ params = false, policy = false }: AdmissionScope): Environment {
  const environment = registerAuthorizer(celEnvironment());
  for (const name of ['object', 'oldObject', 'request']) environment.registerVariable(name, 'dyn');
  if (params) environment.registerVariable('params', 'dyn');
  if (!policy) return environment;
  return environment
    .registerVariable('namespaceObject', 'dyn')
    .registerVariable('variables', 'dyn')
    .registerType('JsonPatchNamespace', { ctor: JsonPatchNamespace, fields: {} })
    .registerConstant('jsonpatch', 'JsonPatchNamespace', new JsonPatchNamespace())
    .registerFunction('JsonPatchNamespace.escapeKey(string): string', (_namespace: unknown, key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    );
}

const environments = new Map<string, Environment>();
function environmentOf(scope: AdmissionScope): Environment {
  const key = `${scope.params === true}/${scope.policy === true}`;
  const environment = environments.get(key) ?? makeEnvironment(scope);
  environments.set(key, environment);
  return environment;
}

export interface AdmissionProgram extends CelProgram {
  /** Names that the expression reads from `variables`. */
  readonly variables: readonly string[];
}

/** Compiles for admission; `result` names the types that the value may have (`bool`, `string`…), any when absent. */
export function compileForAdmission(
  expression: string,
  scope: AdmissionScope,
  result?: readonly string[],
): { program: AdmissionProgram } | { error: string } {
  const compiled = compileExpression(environmentOf(scope), withMapLiterals(expression));
  if ('error' in compiled) return { error: `compilation failed: ${compiled.error}` };
  const { program } = compiled;
  if (result !== undefined && program.type !== 'dyn' && !result.includes(program.type)) {
    return { error: result.length === 1 ? `must evaluate to ${result[0]}` : `must evaluate to one of the types: ${result.join(', ')}` };
  }
  const variables = new Set<string>();
  walk(program.root, (node) => {
    if (node.op !== '.' && node.op !== '.?') return;
    const [target, name] = node.args as [unknown, unknown];
    if (isNode(target) && target.op === 'id' && target.args === 'variables' && typeof name === 'string') variables.add(name);
  });
  return { program: { ...program, expression, variables: [...variables] } };
}
