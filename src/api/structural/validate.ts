/** Values against the value validations of a schema, with the errors of upstream's validator (kube-openapi/pkg/validation). */
import { isDeepStrictEqual } from 'node:util';
import { compileRegex } from '../cel/regex.ts';
import { addErrors, type FieldError, invalid, notSupported, required, tooLong, tooMany } from '../validation/field-error.ts';
import { type Correlation, fieldCorrelation, itemCorrelation, unchanged, uncorrelated } from './correlate.ts';
import { isKnownFormat, matchesFormat } from './formats.ts';
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

const isInt64 = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= 2 ** 63;

/** Whole numbers beyond 64 bits are read as floating point, as Go reads them. */
function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return isInt64(value) ? 'integer' : 'number';
  return typeof value;
}

const goFormats: Record<string, string> = { integer: 'int64', number: 'float64' };

/** The format where it means anything to values of the schema's type. */
const formatOf = (schema: StructuralSchema): string => {
  const { format = '', type = '' } = schema;
  return format !== '' && isKnownFormat(format, isIntOrString(schema) ? '' : type) ? format : '';
};

function ownType(value: unknown, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const types = isIntOrString(schema) ? ['integer', 'string'] : schema.type === undefined ? [] : [schema.type];
  if (value === null && schema.nullable === true) return;
  const found = typeOf(value);
  const wrong = (wanted: string, is: string): FieldError => ({
    type: 'TypeInvalid',
    field: path,
    value: is,
    detail: `${place(path)} must be of type ${wanted}: ${JSON.stringify(is)}`,
  });
  const fits = types.includes(found) || (found === 'integer' && types.includes('number'));
  const format = value === null ? '' : formatOf(schema);
  const flat = typeof value === 'string' || Array.isArray(value);
  if (format !== '' && !flat && !fits) errors.push(wrong(format, goFormats[found] ?? ''));
  // Texts and lists are left to the format itself, unless they might be numbers.
  else if (format !== '' && flat && !types.includes('number') && !types.includes('integer')) return;
  else if (types.length > 0 && !fits) errors.push(wrong(types.join(','), found));
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
    const results = schema.allOf.map(check);
    addErrors(errors, results.flat());
    const failed = results.filter((result) => result.length > 0).length;
    const none = failed === results.length ? '. None validated' : '';
    if (failed > 0) errors.push(combination(path, `must validate all the schemas (allOf)${none}`));
  }
  if (schema.not !== undefined && check(schema.not).length === 0) errors.push(combination(path, 'must not validate the schema (not)'));
}

/** The pair `anyOf: [{type: integer}, {type: string}]` only repeats what x-kubernetes-int-or-string says. */
const isIntOrStringPair = (schema: StructuralSchema): boolean =>
  isIntOrString(schema) && schema.anyOf?.every((one) => Object.keys(one).every((key) => key === 'type')) === true;

/** Upstream shows the alternative that came nearest. */
const fewest = (results: FieldError[][]): FieldError[] =>
  results.reduce((best, result) => (result.length < best.length ? result : best), results[0] ?? []);

/** One problem at most, and whether the text is of its format. */
function textRules(value: string, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const { maxLength = Number.POSITIVE_INFINITY, minLength = 0, pattern = '' } = schema;
  const length = [...value].length;
  if (length > maxLength) errors.push(tooLong(path, maxLength));
  else if (length < minLength) errors.push(invalid(path, value, `${place(path)} should be at least ${minLength} chars long`));
  else if (pattern !== '' && !compileRegex(pattern).test(value))
    errors.push(invalid(path, value, `${place(path)} should match '${pattern}'`));
  const format = formatOf(schema);
  if (format !== '' && matchesFormat(format, value) === false) {
    errors.push({ type: 'TypeInvalid', field: path, value, detail: `${place(path)} must be of type ${format}: ${JSON.stringify(value)}` });
  }
}

/** Whether a number can be of the schema's type and format; the text is of what stands beyond it. */
function rangeError(value: number, schema: StructuralSchema, path: string, what: string): FieldError[] {
  const { type } = schema;
  const format = formatOf(schema);
  if (isIntOrString(schema)) return [];
  const holds =
    type === 'integer'
      ? isInt64(value) && (format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31))
      : format !== 'float' || Number.isFinite(Math.fround(value));
  const kind = format === '' ? `${type} (default format)` : `${type} with format ${format}`;
  return holds ? [] : [invalid('<nil>', '', `${what} value must be of type ${kind} in ${path}`)];
}

/** Upstream: numberValidator. Bounds of whole numbers are cut to whole numbers, a step below 1 to the impossible 0. */
function numberRules(value: number, schema: StructuralSchema, path: string, errors: FieldError[]): void {
  const fail = (text: string): void => {
    errors.push(invalid(path, value, `${place(path)} should be ${text}`));
  };
  errors.push(...rangeError(value, schema, path, 'Checked'));
  const bound = (given: number, what: string): number => {
    const unfit = rangeError(given, schema, path, what);
    errors.push(...unfit);
    return isInt64(value) && unfit.length === 0 ? Math.trunc(given) : given;
  };
  const { minimum, maximum, multipleOf } = schema;
  if (multipleOf !== undefined) {
    const step = bound(multipleOf, 'MultipleOf');
    if (step <= 0) errors.push(invalid(path, step, `factor MultipleOf declared for ${path} must be positive: ${step}`));
    else if (!isMultiple(value, step)) fail(`a multiple of ${step}`);
  }
  if (minimum !== undefined) {
    const least = bound(minimum, 'Minimum boundary');
    if (schema.exclusiveMinimum === true && value <= least) fail(`greater than ${least}`);
    else if (value < least) fail(`greater than or equal to ${least}`);
  }
  if (maximum !== undefined) {
    const most = bound(maximum, 'Maximum boundary');
    if (schema.exclusiveMaximum === true && value >= most) fail(`less than ${most}`);
    else if (value > most) fail(`less than or equal to ${most}`);
  }
}

/** 0.3 is a multiple of 0.1, whatever binary fractions make of it. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function listRules(value: unknown[], schema: StructuralSchema, path: string, correlation: Correlation, errors: FieldError[]): void {
  const { minItems, maxItems } = schema;
  const items = itemsOf(schema);
  for (const [index, item] of items === undefined ? [] : value.entries()) {
    if (!addErrors(errors, validateValue(item, items as StructuralSchema, `${path}[${index}]`, itemCorrelation(correlation, schema, item))))
      return;
  }
  if (minItems !== undefined && value.length < minItems)
    errors.push(invalid(path, value.length, `${place(path)} should have at least ${minItems} items`));
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
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
  const additional = additionalOf(schema);
  for (const [name, inner] of Object.entries(value)) {
    const property = propertyOf(schema, name) ?? additional;
    if (property === undefined) continue;
    if (!addErrors(errors, validateValue(inner, property, below(path, name), fieldCorrelation(correlation, name)))) return;
  }
  for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) errors.push(required(below(path, name)));
}
