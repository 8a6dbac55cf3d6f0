/** The rules (`x-kubernetes-validations`) of a schema, compiled, and what is wrong with those that do not compile. */
import type { Environment } from '@marcbachmann/cel-js';
import { type CelProgram, compileExpression, isUntyped } from '../cel/compile.ts';
import { estimateCost, staticCostLimit, totalCostLimit } from '../cel/cost.ts';
import { celEnvironment } from '../cel/environment.ts';
import type { ValidationRule } from '../types/apiextensions-v1.ts';
import { type FieldError, forbidden, internal, invalid, required } from '../validation/field-error.ts';
import { type CelType, celTypes, isTyped } from './cel-types.ts';
import { additionalOf, itemsOf, type StructuralSchema, someSchema } from './schema.ts';
import { declaredBound, mostPerRequest, sizeOf } from './sizes.ts';

export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram;
  readonly message: CelProgram | undefined;
  /** Whether it looks at the old value. */
  readonly transition: boolean;
}

/** A schema with its rules; only nodes with rules at or below them are there. */
export interface RuleNode {
  readonly schema: StructuralSchema;
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly additional: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

export interface CompiledRules {
  root: RuleNode | undefined;
  errors: FieldError[];
}

const hasRules = (schema: StructuralSchema): boolean => someSchema(schema, (one) => (one['x-kubernetes-validations'] ?? []).length > 0);

/** Compiles every rule of the schema of a whole resource. `path` is where the schema stands in its definition. */
export function compileRules(schema: StructuralSchema, path = ''): CompiledRules {
  if (!hasRules(schema)) return { root: undefined, errors: [] };
  const environment = celEnvironment();
  const typeOf = celTypes(environment);
  typeOf(schema, true);
  const state: State = { environment, typeOf, errors: [], total: 0, costs: [] };
  const root = compileNode(schema, path, { times: 1, uncorrelated: undefined }, state);
  if (state.total > totalCostLimit) {
    const dearest = state.costs.sort((a, b) => b.cost - a.cost).slice(0, mostNamed);
    for (const { at } of dearest)
      state.errors.push(forbidden(at, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'));
    const text = `x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of ${factor(state.total, totalCostLimit)} ${advice}`;
    state.errors.push(forbidden(path, text));
  }
  return { root, errors: state.errors };
}

interface State {
  readonly environment: Environment;
  readonly typeOf: ReturnType<typeof celTypes>;
  readonly errors: FieldError[];
  total: number;
  readonly costs: { at: string; cost: number }[];
}

interface Place {
  /** How many values of this schema one object may have; undefined where a list or map around it has no bound. */
  readonly times: number | undefined;
  /** The list around it whose items go with no old ones. */
  readonly uncorrelated: string | undefined;
}

/** So many rules are named where all together cost too much. */
const mostNamed = 4;

const advice = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
const factor = (cost: number, limit: number): string => {
  const times = cost / limit;
  return times > 100 ? 'more than 100x' : `${times.toFixed(times < 1.5 ? 6 : 1)}x`;
};

function compileNode(schema: StructuralSchema, path: string, place: Place, state: State): RuleNode | undefined {
  if (!hasRules(schema)) return undefined;
  const rules = ownRules(schema, path, place, state);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = compileNode(property, `${path}.properties[${name}]`, place, state);
    if (node !== undefined) properties.set(name, node);
  }
  const bound = declaredBound(schema);
  const times = place.times === undefined || bound === undefined ? undefined : place.times * bound;
  const loose = schema.type === 'array' && schema['x-kubernetes-list-type'] !== 'map';
  const inside: Place = { times, uncorrelated: place.uncorrelated ?? (loose ? path : undefined) };
  const below = (inner: StructuralSchema | undefined, part: string): RuleNode | undefined =>
    inner === undefined ? undefined : compileNode(inner, `${path}.${part}`, inside, state);
  return {
    schema,
    type: state.typeOf(schema),
    rules,
    properties,
    additional: below(additionalOf(schema), 'additionalProperties'),
    items: below(itemsOf(schema), 'items'),
  };
}

const untyped =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations';

function ownRules(schema: StructuralSchema, path: string, place: Place, state: State): CompiledRule[] {
  const given = schema['x-kubernetes-validations'] ?? [];
  if (given.length === 0) return [];
  if (!isTyped(schema)) {
    state.errors.push(internal(`${path}.x-kubernetes-validations`, untyped));
    return [];
  }
  const type = state.typeOf(schema).name;
  const declared = (optional: boolean): Environment =>
    state.environment
      .clone()
      .registerVariable('self', type)
      .registerVariable('oldSelf', optional ? `optional<${type}>` : type);
  const plain = declared(false);
  return given.flatMap((rule, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const environment = rule.optionalOldSelf === true ? declared(true) : plain;
    const compiled = compileRule(rule, environment, at, state.errors);
    if (compiled === undefined) return [];
    charge('rule', compiled.program, schema, `${at}.rule`, place.times ?? mostPerRequest(schema), state);
    if (compiled.message !== undefined) charge('messageExpression', compiled.message, schema, `${at}.messageExpression`, 1, state);
    if (compiled.transition && place.uncorrelated !== undefined) {
      const text = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`;
      state.errors.push(invalid(`${at}.rule`, rule.rule, text));
    }
    return compiled;
  });
}

function compileRule(rule: ValidationRule, environment: Environment, at: string, errors: FieldError[]): CompiledRule | undefined {
  if ((rule.rule ?? '').trim() === '') {
    errors.push(required(`${at}.rule`, 'rule is not specified'));
    return undefined;
  }
  const compiled = compileExpression(environment, rule.rule);
  const fault =
    'error' in compiled
      ? `compilation failed: ${compiled.error}`
      : wrongType(compiled.program, 'bool', 'cel expression must evaluate to a bool');
  if (fault !== undefined) errors.push(invalid(`${at}.rule`, shownRule(rule), fault));
  const message =
    rule.messageExpression === undefined || rule.messageExpression === ''
      ? undefined
      : compileExpression(environment, rule.messageExpression);
  if (message !== undefined) {
    const wrong =
      'error' in message
        ? `messageExpression compilation failed: ${message.error}`
        : wrongType(message.program, 'string', 'messageExpression must evaluate to a string');
    if (wrong !== undefined) errors.push(invalid(`${at}.messageExpression`, shownRule(rule), wrong));
  }
  // A rule that does not compile uses nothing.
  const program = 'error' in compiled || fault !== undefined ? undefined : compiled.program;
  if (rule.optionalOldSelf !== undefined && program?.uses('oldSelf') !== true) {
    errors.push(invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
  }
  if (program === undefined) return undefined;
  const messageProgram = message === undefined || 'error' in message ? undefined : message.program;
  return { rule, program, message: messageProgram, transition: program.uses('oldSelf') };
}

/** Upstream shows its internal form of the rule. */
const shownRule = (rule: ValidationRule): Record<string, unknown> => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

/** Where the checker knows less of the type than upstream's the rule gets the benefit of the doubt. */
const wrongType = (program: CelProgram, type: string, text: string): string | undefined =>
  program.type === type || (program.type === 'dyn' && !isUntyped(program.root)) ? undefined : text;

function charge(what: string, program: CelProgram, schema: StructuralSchema, at: string, times: number, state: State): void {
  const size = sizeOf(schema);
  const cost = estimateCost(program.root, { self: size, oldSelf: size }) * times;
  state.total += cost;
  if (cost >= totalCostLimit / 100) state.costs.push({ at, cost });
  if (cost > staticCostLimit) {
    state.errors.push(forbidden(at, `estimated ${what} cost exceeds budget by factor of ${factor(cost, staticCostLimit)} ${advice}`));
  }
}
