import type { Environment } from '@marcbachmann/cel-js';
import { type CelType, celTypes } from '../../structural/cel-types.ts';
import type { StructuralSchema } from '../../structural/schema.ts';
import { isNode, walk } from '../ast.ts';
import { type CelProgram, compileExpression, isUntyped } from '../compile.ts';
import { celEnvironment } from '../environment.ts';
import { registerAuthorizer } from './authorizer.ts';
import { literalsOf } from './literals.ts';
import { namespaceSchema, requestSchema } from './request-types.ts';

/** What an expression may name besides `object`, `oldObject` and `request`, and what is known of their types. */
export interface AdmissionScope {
  params?: boolean;
  /** `jsonpatch`: policies have it, webhooks have not. */
  policy?: boolean;
  /** `false`: no `authorizer`, as in messages. */
  authorizer?: boolean;
  /** The types of the policy's variables so far, by name; absent where there is no `variables`. */
  variables?: ReadonlyMap<string, string>;
  /** For a check alone: `namespaceObject` has its type, though the value may be null. */
  strict?: boolean;
  /** What `object` and `oldObject` are, where it is known. */
  object?: StructuralSchema;
  /** The same for `params`. */
  param?: StructuralSchema;
}

/** Reaches `jsonpatch.escapeKey`. */
class JsonPatchNamespace {}
/** The value of `variables`. */
export class Variables extends Map<string, unknown> {}
const variablesType = 'kubernetes.variables';

interface Base {
  environment: Environment;
  request: CelType;
  namespace: CelType;
}
let base: Base | undefined;

/** Everything that does not depend on the scope, with the types of the request and of the namespace. */
function baseOf(): Base {
  if (base !== undefined) return base;
  const environment = registerAuthorizer(celEnvironment());
  const typeOf = celTypes(environment, { prefix: 'kubernetes.Request', plain: true });
  base = { environment, request: typeOf(requestSchema), namespace: typeOf(namespaceSchema) };
  return base;
}

/** A request as expressions see it. */
export const requestValue = (request: unknown): unknown => baseOf().request.convert(request);
/** The same for the object of its namespace; null where there is none. */
export const namespaceValue = (namespace: unknown): unknown => (namespace === undefined ? null : baseOf().namespace.convert(namespace));

function makeEnvironment({
  params = false,
  policy = false,
  authorizer = true,
  strict = false,
  object,
  param,
}: AdmissionScope): Environment {
  const { environment: shared, request, namespace } = baseOf();
  const environment = shared.clone().registerVariable('request', request.name);
  if (authorizer) environment.registerVariable('authorizer', 'kubernetes.authorization.Authorizer');
  const own = object === undefined ? 'dyn' : celTypes(environment, { plain: true })(object, true).name;
  for (const name of ['object', 'oldObject']) environment.registerVariable(name, own);
  const given = param === undefined ? 'dyn' : celTypes(environment, { prefix: 'Param', plain: true })(param, true).name;
  if (params) environment.registerVariable('params', given);
  environment.registerVariable('namespaceObject', strict ? namespace.name : 'dyn');
  if (!policy) return environment;
  return environment
    .registerType('JsonPatchNamespace', { ctor: JsonPatchNamespace, fields: {} })
    .registerConstant('jsonpatch', 'JsonPatchNamespace', new JsonPatchNamespace())
    .registerFunction('JsonPatchNamespace.escapeKey(string): string', (_namespace: unknown, key: string) =>
      key.replaceAll('~', '~0').replaceAll('/', '~1'),
    );
}

const environments = new Map<string, Environment>();
function environmentOf(scope: AdmissionScope): Environment {
  const typed = scope.object !== undefined || scope.param !== undefined;
  const key = [scope.params, scope.policy, scope.authorizer, scope.strict].join();
  const environment = (typed ? undefined : environments.get(key)) ?? makeEnvironment(scope);
  if (!typed) environments.set(key, environment);
  return scope.variables === undefined ? environment : withVariables(environment, scope.variables);
}

function withVariables(environment: Environment, variables: ReadonlyMap<string, string>): Environment {
  const isType = (type: string): boolean => {
    try {
      environment.clone().registerVariable('variables', type);
      return true;
    } catch {
      return false;
    }
  };
  const fields = Object.fromEntries([...variables].map(([name, type]) => [name, isType(type) ? type : 'dyn']));
  return environment.clone().registerType(variablesType, { ctor: Variables, fields }).registerVariable('variables', variablesType);
}

export interface AdmissionProgram extends CelProgram {
  /** Names that the expression reads from `variables`. */
  readonly variables: readonly string[];
  /** A literal in it has another type than the field that it is for. */
  readonly mismatch: string | undefined;
}

export type CompiledExpression = { program: AdmissionProgram } | { error: string };

/** How results' types are called in messages. */
const shownTypes: Record<string, string> = { null: 'null_type' };

/** Compiles for admission; `result` names the types that the value may have (`bool`, `string`…), any when absent. */
export function compileForAdmission(expression: string, scope: AdmissionScope, result?: readonly string[]): CompiledExpression {
  const { text, first, mismatch } = literalsOf(expression);
  // Objects have become maps, whose values are of the fields' types.
  const compiled = compileExpression(environmentOf(scope), text, { mixed: text !== expression });
  if ('error' in compiled) return { error: `compilation failed: ${compiled.error}` };
  const { program } = compiled;
  if (result !== undefined && !isResult(program, first, result)) {
    const types = result.map((type) => shownTypes[type] ?? type);
    const wanted = types.length === 1 ? types[0] : `one of [${types.join(' ')}]`;
    return { error: `must evaluate to ${wanted} but got ${shownType(first ?? program.type)}` };
  }
  const variables = new Set<string>();
  walk(program.root, (node) => {
    if (node.op !== '.' && node.op !== '.?') return;
    const [target, name] = node.args as [unknown, unknown];
    if (isNode(target) && target.op === 'id' && target.args === 'variables' && typeof name === 'string') variables.add(name);
  });
  return { program: { ...program, expression, variables: [...variables], mismatch } };
}

/** As cel-go prints a type. */
const shownType = (type: string): string => shownTypes[type] ?? type.replaceAll('<', '(').replaceAll('>', ')');

/** Whether the result can be of the types wanted. Where the checker knows less than upstream's it gets the benefit of the doubt. */
function isResult({ type, root }: CelProgram, first: string | undefined, wanted: readonly string[]): boolean {
  if (wanted.includes('Object')) return first === undefined ? type === 'dyn' || type.startsWith('map') : first === 'Object';
  if (wanted.includes('list(JSONPatch)')) return first === undefined && (type === 'dyn' || type.startsWith('list'));
  return type === 'dyn' ? !isUntyped(root) : wanted.includes(type);
}

interface NamedExpression {
  name: string;
  expression: string;
}

/** A policy's variables, each of which sees those before it, and the scope of what comes after them; without any there is no `variables`. */
export function compileVariables(
  variables: readonly NamedExpression[] | undefined,
  scope: AdmissionScope,
): { compiled: { name: string; compiled: CompiledExpression }[]; scope: AdmissionScope } {
  const types = new Map<string, string>();
  const compiled = (variables ?? []).map(({ name, expression }) => {
    const one = compileForAdmission(expression ?? '', { ...scope, variables: new Map(types) });
    types.set(name, 'error' in one ? 'dyn' : one.program.type);
    return { name, compiled: one };
  });
  return { compiled, scope: types.size === 0 ? scope : { ...scope, variables: types } };
}
