/** Values against the value validations of a schema, with the errors of upstream's validator (kube-openapi/pkg/validation). */
import { isDeepStrictEqual } from 'node:util';
import { compileRegex } from '../cel/regex.ts';
import { addErrors, type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../validation/field-error.ts';
import { type Correlation, fieldCorrelation, itemCorrelation, unchanged, uncorrelated } from './correlate.ts';
import { matchesFormat } from './formats.ts';
import { additionalOf, isIntOrString, isObject, itemsOf, propertyOf, type StructuralSchema } from './schema.ts';

/**
 * Every problem of `value`. With a correlation, parts that are as they were are not looked at again (ratcheting), so that an
 * object may be changed elsewhere after its schema became stricter.
 */
export function validateValue(value: unknown, schema: StructuralSchema, path = '', correlation: Correlation = uncorrelated): FieldError[] {
  if (unchanged(value, correlation)) return [];
  const errors: FieldError[] = [];
  ownType(value, schema, path, errors);
  if (value === null) return errors;
  combinations(value, schema, path, errors);
  if (typeof value === 'string') textRules(value, schema, path, errors);
  else if (typeof value === 'number') numberRules(value, schema, path, errors);
  else if (Array.isArray(value)) listRules(value, schema, path, correlation, errors);
  if (schema.enum !== undefined && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value))) {
    const names = schema.enum.map((allowed) => (typeof allowed === 'string' ? allowed : JSON.stringify(allowed)));
    errors.push(notSupported(path, value, names));
  }
  if (isObject(value)) objectRules(value, schema, path, correlation, errors);
  return errors;
}

/** `spec.replicas in body …`: how upstream's validator speaks of a place. */
const place = (path: string): string => `${path} in body`;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function ownType(value: unknown, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const types = isIntOrString(schema) ? ['integer', 'string'] : schema.type === undefined ? [] : [schema.type];
  if (value === null && schema.nullable === true) return;
  const found = typeOf(value);
  if (types.length === 0 && found !== 'null') return;
  if (types.includes(found) || (found === 'integer' && types.includes('number'))) return;
  if (types.length === 0) return;
  const text = `${place(path)} must be of type ${types.join(',')}: ${JSON.stringify(found)}`;
  errors.push({ type: 'TypeInvalid', field: path, value: found, detail: text });
}

/** Errors about combinations name no field upstream; their text does. */
const combination = (path: string, text: string): FieldError => invalid('<nil>', '', `${JSON.stringify(path)} ${text}`);

function combinations(value: unknown, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const check = (one: StructuralSchema): FieldError[] => validateValue(value, one, path);
  if (schema.anyOf !== undefined && schema.anyOf.length > 0 && !isIntOrStringPair(schema)) {
    const results = schema.anyOf.map(check);
    if (!results.some((result) => result.length === 0)) {
      errors.push(combination(path, 'must validate at least one schema (anyOf)'), ...fewest(results));
    }
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const results = schema.oneOf.map(check);
    const valid = results.filter((result) => result.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      errors.push(combination(path, `must validate one and only one schema (oneOf). ${found}`));
      if (valid === 0) addErrors(errors, fewest(results));
    }
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const failures = schema.allOf.flatMap(check);
    if (failures.length > 0) errors.push(combination(path, 'must validate all the schemas (allOf)'), ...failures);
  }
  if (schema.not !== undefined && check(schema.not).length === 0) errors.push(combination(path, 'must not validate the schema (not)'));
}

/** The pair `anyOf: [{type: integer}, {type: string}]` only repeats what x-kubernetes-int-or-string says. */
const isIntOrStringPair = (schema: StructuralSchema): boolean =>
  isIntOrString(schema) && schema.anyOf?.every((one) => Object.keys(one).every((key) => key === 'type')) === true;

/** Upstream shows the alternative that came nearest. */
const fewest = (results: FieldError[][]): FieldError[] =>
  results.reduce((best, result) => (result.length < best.length ? result : best), results[0] ?? []);

function textRules(value: string, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const { maxLength, minLength, pattern, format } = schema;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = [...value].length;
    if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength));
    if (minLength !== undefined && length < minLength)
      errors.push(invalid(path, value, `${place(path)} should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && pattern !== '' && !compileRegex(pattern).test(value))
    errors.push(invalid(path, value, `${place(path)} should match '${pattern}'`));
  if (format !== undefined && (schema.type === 'string' || schema.type === undefined) && matchesFormat(format, value) === false) {
    errors.push({ type: 'TypeInvalid', field: path, value, detail: `${place(path)} must be of type ${format}: ${JSON.stringify(value)}` });
  }
}

const ranges: Record<string, readonly [number, number]> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
};

function numberRules(value: number, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const { minimum, maximum, multipleOf, format } = schema;
  const fail = (text: string): void => {
    errors.push(invalid(path, value, `${place(path)} should be ${text}`));
  };
  if (multipleOf !== undefined && multipleOf > 0 && !isMultiple(value, multipleOf)) fail(`a multiple of ${multipleOf}`);
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true && value >= maximum) fail(`less than ${maximum}`);
    else if (value > maximum) fail(`less than or equal to ${maximum}`);
  }
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true && value <= minimum) fail(`greater than ${minimum}`);
    else if (value < minimum) fail(`greater than or equal to ${minimum}`);
  }
  const range = format === undefined ? undefined : ranges[format];
  if (range !== undefined && (value < range[0] || value > range[1])) {
    errors.push(invalid(path, value, `Checked value must be of type ${schema.type ?? 'integer'} with format ${format} in ${path}`));
  }
}

/** 0.3 is a multiple of 0.1, whatever binary fractions make of it. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function listRules(value: unknown[], schema: StructuralSchema, path: string, correlation: Correlation, errors: FieldError[]): void {
  const { minItems, maxItems } = schema;
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalid(path, value.length, `${place(path)} should have at least ${minItems} items`));
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  const items = itemsOf(schema);
  if (items === undefined) return;
  for (const [index, item] of value.entries()) {
    if (!addErrors(errors, validateValue(item, items, `${path}[${index}]`, itemCorrelation(correlation, schema, item)))) return;
  }
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function objectRules(
  value: Record<string, unknown>,
  schema: StructuralSchema,
  path: string,
  correlation: Correlation,
  errors: FieldError[],
): void {
  const { minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  if (minProperties !== undefined && count < minProperties)
    errors.push(invalid(path, count, `${place(path)} should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) errors.push(required(below(path, name)));
  const additional = additionalOf(schema);
  for (const [name, inner] of Object.entries(value)) {
    const property = propertyOf(schema, name) ?? additional;
    if (property === undefined) continue;
    if (!addErrors(errors, validateValue(inner, property, below(path, name), fieldCorrelation(correlation, name)))) return;
  }
}
