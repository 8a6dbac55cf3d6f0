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
import { type Errors, type FieldError, invalid, notSupported, required, tooLong } from './field-error.ts';

const isSchema = (value: unknown): value is JSONSchemaProps => isObject(value);

const reasons = ['FieldValueRequired', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueDuplicate'];

/** One rule of `x-kubernetes-validations`, apart from whether it compiles. */
export function* validationRule(field: string, rule: ValidationRule, schema: JSONSchemaProps): Errors {
  const { message, reason, fieldPath } = rule;
  if (message !== undefined && message.trim() === '' && message !== '')
    yield invalid(`${field}.message`, message, 'message must be non-empty if specified');
  else if (message?.includes('\n') === true) yield invalid(`${field}.message`, message, 'message must not contain line breaks');
  else if (message !== undefined && message.length > 2048) yield tooLong(`${field}.message`, 2048);
  if ((rule.rule ?? '').includes('\n') && (message ?? '') === '')
    yield required(`${field}.message`, 'message must be specified if rule contains line breaks');
  if (reason !== undefined && !reasons.includes(reason)) yield notSupported(`${field}.reason`, reason, reasons);
  if (fieldPath !== undefined && fieldPath !== '') {
    const wrong = fieldPathFault(fieldPath, schema);
    if (wrong !== undefined) yield invalid(`${field}.fieldPath`, fieldPath, `fieldPath must be a valid path: ${wrong}`);
  }
}

/** Whether the path leads to a declared field, from the schema of the rule. */
function fieldPathFault(path: string, schema: JSONSchemaProps): string | undefined {
  let at: JSONSchemaProps | undefined = schema;
  const steps = [...path.matchAll(/\.([^.[\]']+)|\['([^']*)'\]/g)];
  if (steps.map(([whole]) => whole).join('') !== path) return `does not refer to a valid field`;
  for (const [, plain, quoted] of steps) {
    const name = plain ?? quoted ?? '';
    const next: unknown = at?.properties?.[name] ?? at?.additionalProperties;
    if (!isSchema(next)) return `does not refer to a valid field`;
    at = next;
  }
  return undefined;
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
