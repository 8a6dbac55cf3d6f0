/** Objects against the rules of their schema (upstream: apiextensions' cel.Validator). */
import { Optional } from '@marcbachmann/cel-js';
import { type CelBudget, CelFailure, type CelProgram } from '../cel/compile.ts';
import { type FieldError, forbidden, invalid, required } from '../validation/field-error.ts';
import type { CompiledRule, RuleNode } from './compile-rules.ts';
import { type Correlation, fieldCorrelation, itemCorrelation, unchanged } from './correlate.ts';
import { isObject } from './schema.ts';

/** Every rule that does not hold. Ends when the budget is used up, which is an error of its own. */
export function checkRules(value: unknown, node: RuleNode, correlation: Correlation, budget: CelBudget): FieldError[] {
  const errors: FieldError[] = [];
  try {
    visit(value, node, '', correlation, { budget, errors, kept: false });
  } catch (thrown) {
    if (!(thrown instanceof Exhausted)) throw thrown;
  }
  return errors;
}

class Exhausted extends Error {}

interface State {
  readonly budget: CelBudget;
  readonly errors: FieldError[];
  /** Whether a value around this one is as it was, so that this one is too, even where nothing says what it was. */
  readonly kept: boolean;
}

function visit(value: unknown, node: RuleNode, path: string, correlation: Correlation, around: State): void {
  if (value === null || value === undefined) return;
  const state = { ...around, kept: around.kept || unchanged(value, correlation) };
  for (const rule of node.rules) checkRule(value, node, rule, path, correlation, state);
  if (Array.isArray(value)) {
    if (node.items === undefined) return;
    for (const [index, item] of value.entries()) {
      visit(item, node.items, `${path}[${index}]`, itemCorrelation(correlation, node.schema, item), state);
    }
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      const property = node.properties.get(name);
      const at = property === undefined ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
      const next = property ?? (Object.hasOwn(node.schema.properties ?? {}, name) ? undefined : node.additional);
      if (next !== undefined) visit(inner, next, at, fieldCorrelation(correlation, name), state);
    }
  }
}

const exhausted = 'failed due to running out of cost budget, no further validation rules will be run';

function checkRule(
  value: unknown,
  { schema, type }: RuleNode,
  compiled: CompiledRule,
  path: string,
  { old }: Correlation,
  { budget, errors, kept }: State,
): void {
  const { rule, program, transition } = compiled;
  const optional = rule.optionalOldSelf === true;
  if (transition && old === undefined && !optional) return;
  const oldSelf = old === undefined || old === null ? undefined : type.convert(old);
  const variables = { self: type.convert(value), oldSelf: optional ? Optional.of(oldSelf) : oldSelf };
  const place = path === '' ? '<nil>' : path;
  const shown = schema.type ?? '';
  // Of objects and lists nothing is shown, of other values the value itself.
  const own = schema.type === 'object' || schema.type === 'array' ? undefined : value;
  // What was as bad before is told, not refused; rules about the change itself always count (ratcheting).
  const tolerated = kept && !transition ? { tolerated: true } : {};
  try {
    if (program.evaluate(variables, budget) !== true) {
      const message = messageOf(compiled, variables, budget);
      const at = withFieldPath(path, rule.fieldPath);
      if (message === undefined) errors.push({ ...invalid(at, shown, `messageExpression evaluation ${exhausted}`), ...tolerated });
      else errors.push({ ...failed(rule.reason, at, own, message), ...tolerated });
      if (message === undefined) throw new Exhausted();
    }
  } catch (thrown) {
    if (!(thrown instanceof CelFailure)) throw thrown;
    errors.push(invalid(place, shown, failureText(thrown, compiled)));
    if (thrown.reason !== 'error') throw new Exhausted();
  }
}

/** Why a rule could not be evaluated (upstream: validateExpressions). */
function failureText({ reason, message }: CelFailure, compiled: CompiledRule): string {
  const rule = ruleText(compiled);
  if (reason === 'budget') return `validation ${exhausted}`;
  if (reason === 'cost') return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  if (message.startsWith('no such overload'))
    return `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
  return `${message} evaluating rule: ${rule}`;
}

const ruleText = ({ rule }: CompiledRule): string => (rule.message ?? '').trim() || rule.rule.trim();

/** The most bytes of a computed message. */
const longestMessage = 5 * 1024;

/** `messageExpression` where it gives a usable text, else the message, else the rule itself. Undefined when the budget is used up. */
function messageOf(compiled: CompiledRule, variables: Record<string, unknown>, budget: CelBudget): string | undefined {
  const computed = compiled.message === undefined ? '' : evaluated(compiled.message, variables, budget);
  if (computed === undefined) return undefined;
  const text = computed.trim();
  if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= longestMessage) return text;
  const { message = '' } = compiled.rule;
  return message === '' ? `failed rule: ${ruleText(compiled)}` : message.trim();
}

function evaluated(program: CelProgram, variables: Record<string, unknown>, budget: CelBudget): string | undefined {
  try {
    const value = program.evaluate(variables, budget);
    return typeof value === 'string' ? value : '';
  } catch (thrown) {
    if (!(thrown instanceof CelFailure)) throw thrown;
    return thrown.reason === 'error' ? '' : undefined;
  }
}

/** `.spec.a` or `.map['key.x']` after the path of the value. */
function withFieldPath(path: string, fieldPath: string | undefined): string {
  const rest = (fieldPath ?? '').replace(/\['([^']*)'\]/g, (_whole, key: string) => (/^\w+$/.test(key) ? `.${key}` : `[${key}]`));
  const whole = `${path}${rest}`;
  if (whole === '') return '<nil>';
  return whole.startsWith('.') ? whole.slice(1) : whole;
}

function failed(reason: string | undefined, field: string, shown: unknown, text: string): FieldError {
  if (reason === 'FieldValueForbidden') return forbidden(field, text);
  if (reason === 'FieldValueRequired') return required(field, text);
  const value = shown === undefined ? {} : { value: shown };
  if (reason === 'FieldValueDuplicate') return { type: 'Duplicate', field, detail: '', ...value };
  return { type: 'Invalid', field, detail: text, ...value };
}
