/** Objects against the rules of their schema (upstream: apiextensions' cel.Validator). */
import { Optional } from '@marcbachmann/cel-js';
import { type CelBudget, CelFailure, type CelProgram } from '../cel/compile.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../validation/field-error.ts';
import type { CompiledRule, RuleNode } from './compile-rules.ts';
import { type Correlation, fieldCorrelation, itemCorrelation, unchanged } from './correlate.ts';
import { isObject } from './schema.ts';

/** Every rule that does not hold. Ends when the budget is used up, which is an error of its own. */
export function checkRules(value: unknown, node: RuleNode, correlation: Correlation, budget: CelBudget): FieldError[] {
  const errors: FieldError[] = [];
  try {
    visit(value, node, '', correlation, budget, errors);
  } catch (thrown) {
    if (!(thrown instanceof Exhausted)) throw thrown;
  }
  return errors;
}

class Exhausted extends Error {}

function visit(value: unknown, node: RuleNode, path: string, correlation: Correlation, budget: CelBudget, errors: FieldError[]): void {
  if (value === null || value === undefined) return;
  const same = unchanged(value, correlation);
  for (const rule of node.rules) {
    // What held before may go on (ratcheting); rules about the change itself are always asked.
    if (same && !rule.transition) continue;
    const error = checkRule(value, node, rule, path, correlation, budget);
    if (error !== undefined) errors.push(error);
    if (budget.left <= 0) throw new Exhausted();
  }
  if (Array.isArray(value)) {
    if (node.items === undefined) return;
    for (const [index, item] of value.entries()) {
      visit(item, node.items, `${path}[${index}]`, itemCorrelation(correlation, node.schema, item), budget, errors);
    }
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      const property = node.properties.get(name);
      const at = property === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      const next = property ?? (Object.hasOwn(node.schema.properties ?? {}, name) ? undefined : node.additional);
      if (next !== undefined) visit(inner, next, at, fieldCorrelation(correlation, name), budget, errors);
    }
  }
}

function checkRule(
  value: unknown,
  { schema, type }: RuleNode,
  compiled: CompiledRule,
  path: string,
  { old }: Correlation,
  budget: CelBudget,
): FieldError | undefined {
  const { rule, program, transition } = compiled;
  const optional = rule.optionalOldSelf === true;
  if (transition && old === undefined && !optional) return undefined;
  const oldSelf = old === undefined || old === null ? undefined : type.convert(old);
  const variables = { self: type.convert(value), oldSelf: optional ? Optional.of(oldSelf) : oldSelf };
  const place = path === '' ? '<nil>' : path;
  const shown = schema.type ?? '';
  try {
    if (program.evaluate(variables, budget) === true) return undefined;
  } catch (thrown) {
    if (!(thrown instanceof CelFailure)) throw thrown;
    if (thrown.reason === 'cost') {
      budget.left = 0;
      return invalid(
        place,
        shown,
        `${thrown.message}: no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(compiled)}`,
      );
    }
    return invalid(place, shown, `${thrown.message} evaluating rule: ${ruleText(compiled)}`);
  }
  return failed(rule.reason, withFieldPath(path, rule.fieldPath), shown, messageOf(compiled, variables, budget));
}

const ruleText = ({ rule }: CompiledRule): string => (rule.message ?? '').trim() || `failed rule: ${rule.rule.trim()}`;

/** `messageExpression` where it gives a usable text, else the message, else the rule itself. */
function messageOf(compiled: CompiledRule, variables: Record<string, unknown>, budget: CelBudget): string {
  const text = compiled.message === undefined ? '' : evaluated(compiled.message, variables, budget).trim();
  return text === '' || text.includes('\n') ? ruleText(compiled) : text;
}

function evaluated(program: CelProgram, variables: Record<string, unknown>, budget: CelBudget): string {
  try {
    const value = program.evaluate(variables, budget);
    return typeof value === 'string' ? value : '';
  } catch (thrown) {
    if (thrown instanceof CelFailure) return '';
    throw thrown;
  }
}

/** `.spec.a` or `.map['key.x']` after the path of the value. */
function withFieldPath(path: string, fieldPath: string | undefined): string {
  const rest = (fieldPath ?? '').replace(/\['([^']*)'\]/g, (_whole, key: string) => (/^\w+$/.test(key) ? `.${key}` : `[${key}]`));
  const whole = `${path}${rest}`;
  if (whole === '') return '<nil>';
  return whole.startsWith('.') ? whole.slice(1) : whole;
}

function failed(reason: string | undefined, path: string, shown: string, text: string): FieldError {
  if (reason === 'FieldValueForbidden') return forbidden(path, text);
  if (reason === 'FieldValueRequired') return required(path, text);
  if (reason === 'FieldValueDuplicate') return duplicate(path, shown);
  return invalid(path, shown, text);
}
