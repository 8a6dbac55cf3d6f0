import { compileRules } from '../structural/compile-rules.ts';
import { uncorrelated } from '../structural/correlate.ts';
import { applySchemaDefaults } from '../structural/default.ts';
import { embeddedResources } from '../structural/embedded.ts';
import { uniqueItems } from '../structural/lists.ts';
import { hasUnknown } from '../structural/prune.ts';
import { checkRules } from '../structural/rules.ts';
import { isObject } from '../structural/schema.ts';
import { validateValue } from '../structural/validate.ts';
import type { JSONSchemaProps, ValidationRule } from '../types/apiextensions-v1.ts';
import { type Errors, type FieldError, invalid, notSupported, required } from './field-error.ts';
import { fieldAt } from './field-path.ts';

const isSchema = (value: unknown): value is JSONSchemaProps => isObject(value);

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const hasLines = (text: string): boolean => /[\n\r]/.test(text);

/** One rule of `x-kubernetes-validations`, apart from whether it compiles. */
export function* validationRule(field: string, rule: ValidationRule, schema: JSONSchemaProps): Errors {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
  const text = (rule.rule ?? '').trim();
  if (text === '') yield required(`${field}.rule`, 'rule is not specified');
  else if (message !== '' && message.trim() === '') yield invalid(`${field}.message`, message, 'message must be non-empty if specified');
  else if (hasLines(message.trim())) yield invalid(`${field}.message`, message, 'message must not contain line breaks');
  else if (hasLines(text) && message.trim() === '')
    yield required(`${field}.message`, 'message must be specified if rule contains line breaks');
  if (messageExpression !== '' && messageExpression.trim() === '')
    yield required(`${field}.messageExpression`, 'messageExpression must be non-empty if specified');
  if (reason !== undefined && !reasons.includes(reason)) yield notSupported(`${field}.reason`, reason, reasons);
  if (fieldPath === '') return;
  const at = `${field}.fieldPath`;
  if (fieldPath.trim() === '') yield invalid(at, fieldPath, 'fieldPath must be non-empty if specified');
  if (hasLines(fieldPath)) yield invalid(at, fieldPath, 'fieldPath must not contain line breaks');
  if (typeof fieldAt(fieldPath, schema) === 'string') yield invalid(at, fieldPath, 'fieldPath must be a valid path');
}

/** A default must be what an object may have there: known, of its type and within its rules. */
export function* defaultsHold(field: string, schema: JSONSchemaProps): Errors {
  if (schema.default !== undefined) yield* defaultHolds(`${field}.default`, schema);
  for (const [name, property] of Object.entries(schema.properties ?? {})) yield* defaultsHold(`${field}.properties[${name}]`, property);
  if (isSchema(schema.items)) yield* defaultsHold(`${field}.items`, schema.items);
  if (isSchema(schema.additionalProperties)) yield* defaultsHold(`${field}.additionalProperties`, schema.additionalProperties);
}

function* defaultHolds(field: string, schema: JSONSchemaProps): Errors {
  const value = structuredClone(schema.default);
  if (value === null && schema.nullable !== true) {
    yield invalid(field, null, `must not be null`);
    return;
  }
  if (hasUnknown(value, schema)) yield invalid(field, schema.default, 'must not have unknown fields');
  applySchemaDefaults(value, schema);
  const at = (error: FieldError): FieldError => ({
    ...error,
    field: error.field === '' || error.field === '<nil>' ? field : `${field}.${error.field}`,
  });
  for (const error of [...validateValue(value, schema), ...uniqueItems(value, schema), ...embeddedResources(value, schema)])
    yield at(error);
  const { root } = compileRules(schema);
  if (root !== undefined) for (const error of checkRules(value, root, uncorrelated, { left: 1_000_000 })) yield at(error);
}
