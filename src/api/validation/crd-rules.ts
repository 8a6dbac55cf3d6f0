import { decodeMetadata } from '../decode.ts';
import { compileRules } from '../structural/compile-rules.ts';
import { uncorrelated } from '../structural/correlate.ts';
import { applySchemaDefaults } from '../structural/default.ts';
import { coerceEmbedded, EmbeddedError, embeddedResources } from '../structural/embedded.ts';
import { hasUnknown } from '../structural/prune.ts';
import { checkRules } from '../structural/rules.ts';
import { isIntOrString, isObject } from '../structural/schema.ts';
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
  else if (message !== '' && message.trim() === '') yield invalid(`${field}.message`, message, 'must be non-empty if specified');
  else if (hasLines(message.trim())) yield invalid(`${field}.message`, message, 'must not contain line breaks');
  else if (hasLines(text) && message.trim() === '')
    yield required(`${field}.message`, 'message must be specified if rule contains line breaks');
  if (messageExpression !== '' && messageExpression.trim() === '')
    yield required(`${field}.messageExpression`, 'messageExpression must be non-empty if specified');
  if (reason !== undefined && !reasons.includes(reason)) yield notSupported(`${field}.reason`, reason, reasons);
  if (fieldPath === '') return;
  const at = `${field}.fieldPath`;
  if (fieldPath.trim() === '') yield invalid(at, fieldPath, 'must be non-empty if specified');
  if (hasLines(fieldPath)) yield invalid(at, fieldPath, 'must not contain line breaks');
  if (typeof fieldAt(fieldPath, schema) === 'string') yield invalid(at, fieldPath, 'must be a valid path');
}

/** A default must be what an object may have there: known, of its type and within its rules. Upstream does not look into maps. */
export function* defaultsHold(field: string, schema: JSONSchemaProps, root = true): Errors {
  if (schema.default !== undefined)
    yield* defaultHolds(`${field}.default`, root ? { ...schema, 'x-kubernetes-embedded-resource': true } : schema);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* defaultsHold(`${field}.properties[${name}]`, property, false);
  if (isSchema(schema.items)) yield* defaultsHold(`${field}.items`, schema.items, false);
}

function* defaultHolds(field: string, schema: JSONSchemaProps): Errors {
  const value = structuredClone(schema.default);
  if (value === null && schema.nullable !== true) {
    yield invalid(field, null, `must not be null`);
    return;
  }
  if (hasUnknown(value, schema)) yield invalid(field, schema.default, 'must not have unknown fields');
  applySchemaDefaults(value, schema);
  const found = [...metadataErrors(value, schema, field)];
  // Upstream forgets here that it may be a number or a text, and takes anything.
  if (found.length === 0 && !isIntOrString(schema)) found.push(...validateValue(value, schema).map(under(field)));
  yield* found;
  const { root } = compileRules(schema);
  if (found.length === 0 && root !== undefined) yield* checkRules(value, root, uncorrelated, { left: 1_000_000 }).map(under(field));
}

const under =
  (field: string) =>
  (error: FieldError): FieldError => ({
    ...error,
    field: error.field === '' || error.field === '<nil>' ? field : `${field}.${error.field}`,
  });

/** What is wrong with the default where it is a whole resource, or has some inside: the first of another type, or all that does not hold. */
function* metadataErrors(value: unknown, schema: JSONSchemaProps, field: string): Errors {
  try {
    coerceEmbedded(value, schema, (metadata) => decodeMetadata(metadata).metadata, field);
  } catch (error) {
    if (!(error instanceof EmbeddedError)) throw error;
    yield invalid(error.field, error.value, error.detail);
    return;
  }
  yield* embeddedResources(value, schema, field);
}
