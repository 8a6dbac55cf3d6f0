/** The rules (`x-kubernetes-validations`) of a schema, compiled, and what is wrong with those that do not compile. */
import type { Environment } from '@marcbachmann/cel-js';
import { type CelProgram, compileExpression } from '../cel/compile.ts';
import { estimateCost, staticCostLimit, totalCostLimit } from '../cel/cost.ts';
import { celEnvironment } from '../cel/environment.ts';
import type { ValidationRule } from '../types/apiextensions-v1.ts';
import { type FieldError, forbidden, invalid, required } from '../validation/field-error.ts';
import { type CelType, celTypes } from './cel-types.ts';
import { additionalOf, itemsOf, type StructuralSchema, someSchema } from './schema.ts';
import { mostElements, sizeOf } from './sizes.ts';

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
  const state: State = { environment, typeOf, errors: [], total: 0, costly: [] };
  const root = compileNode(schema, path, 1, state);
  if (state.total > totalCostLimit) {
    for (const place of state.costly)
      state.errors.push(forbidden(place, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'));
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
  /** Where the rules are that cost the most. */
  costly: string[];
}

const advice = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
const factor = (cost: number, limit: number): string => (cost / limit > 100 ? 'more than 100x' : `${(cost / limit).toFixed(1)}x`);

/** `times`: how many values of this schema one object may have. */
function compileNode(schema: StructuralSchema, path: string, times: number, state: State): RuleNode | undefined {
  if (!hasRules(schema)) return undefined;
  const rules = ownRules(schema, path, times, state);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = compileNode(property, `${path}.properties[${name}]`, times, state);
    if (node !== undefined) properties.set(name, node);
  }
  const inside = times * mostElements(schema);
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

function ownRules(schema: StructuralSchema, path: string, times: number, state: State): CompiledRule[] {
  const given = schema['x-kubernetes-validations'] ?? [];
  if (given.length === 0) return [];
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
    if (compiled !== undefined) charge(compiled, schema, `${at}.rule`, times, state);
    return compiled ?? [];
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
  if ('error' in compiled || fault !== undefined) return undefined;
  const { program } = compiled;
  const messageProgram = message === undefined || 'error' in message ? undefined : message.program;
  if (rule.optionalOldSelf === true && !program.uses('oldSelf')) {
    errors.push(invalid(`${at}.optionalOldSelf`, true, 'may not be set if oldSelf is not used in rule'));
  }
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

const wrongType = (program: CelProgram, type: string, text: string): string | undefined =>
  program.type === type || program.type.startsWith('dyn') ? undefined : text;

function charge({ program }: CompiledRule, schema: StructuralSchema, at: string, times: number, state: State): void {
  const size = sizeOf(schema);
  const cost = estimateCost(program.root, { self: size, oldSelf: size }) * times;
  state.total += cost;
  if (cost > totalCostLimit / 10) state.costly.push(at);
  if (cost > staticCostLimit) {
    state.errors.push(forbidden(at, `estimated rule cost exceeds budget by factor of ${factor(cost, staticCostLimit)} ${advice}`));
  }
}
