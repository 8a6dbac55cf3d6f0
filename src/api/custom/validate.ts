import { runtimeBudget } from '../cel/compile.ts';
import { goText } from '../go-text.ts';
import type { KubeObject } from '../object.ts';
import { type CompiledRules, compileRules } from '../structural/compile-rules.ts';
import { type Correlation, uncorrelated } from '../structural/correlate.ts';
import { embeddedResources } from '../structural/embedded.ts';
import { uniqueItems } from '../structural/lists.ts';
import { checkRules } from '../structural/rules.ts';
import { isObject, type StructuralSchema } from '../structural/schema.ts';
import { validateValue } from '../structural/validate.ts';
import type { CustomResourceSubresourceScale } from '../types/apiextensions-v1.ts';
import { addErrors, type Errors, type FieldError, gather, invalid } from '../validation/field-error.ts';

/** Errors after which rules would only stumble over values that they do not expect (upstream: hasBlockingErr). */
const blocking: ReadonlySet<FieldError['type']> = new Set(['NotSupported', 'Required', 'TooLong', 'TooMany', 'TypeInvalid']);
const notChecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

type Status = KubeObject & { status?: unknown };

/**
 * Makes the validation of a schema's objects, as a whole and through their status (upstream: customresource strategy). `meta`
 * is what was found in the metadata, which the result begins with. Rules are compiled when first needed.
 */
export function customValidation(schema: StructuralSchema, scale: CustomResourceSubresourceScale | undefined) {
  let compiled: CompiledRules | undefined;
  const withRules = (errors: FieldError[], object: KubeObject, correlation: Correlation): FieldError[] => {
    compiled ??= compileRules(schema);
    if (compiled.root === undefined) return errors;
    if (errors.some(({ type }) => blocking.has(type))) return [...errors, invalid('<nil>', null, notChecked)];
    return [...errors, ...checkRules(object, compiled.root, correlation, { left: runtimeBudget })];
  };
  const statusSchema = schema.properties?.['status'];
  return {
    validate(object: KubeObject, old: KubeObject | undefined, meta: readonly FieldError[]): FieldError[] {
      const correlation = old === undefined ? uncorrelated : { old };
      const errors = [...meta];
      const found = validateValue(object, schema, '', correlation);
      addErrors(errors, gather(found, scaleErrors(object, scale), embeddedResources(object, schema), newRepetitions(object, old, schema)));
      return withRules(errors, object, correlation);
    },
    validateStatus(object: Status, old: Status, meta: readonly FieldError[]): FieldError[] {
      const errors = [...meta];
      const within =
        statusSchema === undefined || object.status === undefined
          ? []
          : validateValue(object.status, statusSchema, '', { old: old.status });
      addErrors(errors, gather(within.map(ofStatus), statusScaleErrors(object, scale), newRepetitions(object, old, schema)));
      return withRules(errors, object, { old });
    },
  };
}

/** The status is looked at by itself, and only the errors' fields say where it is. */
const ofStatus = (error: FieldError): FieldError => ({
  ...error,
  field: error.field === '' || error.field === '<nil>' ? 'status' : `status.${error.field}`,
});

/** Items that repeat are tolerated where the old object had any that did. */
function* newRepetitions(object: KubeObject, old: KubeObject | undefined, schema: StructuralSchema): Errors {
  const [before] = old === undefined ? [] : uniqueItems(old, schema);
  if (before === undefined) yield* uniqueItems(object, schema);
}

const mostReplicas = 2 ** 31 - 1;

function* scaleErrors(object: KubeObject, scale: CustomResourceSubresourceScale | undefined): Errors {
  if (scale === undefined) return;
  yield* replicasErrors(object, scale.specReplicasPath);
  yield* statusScaleErrors(object, scale);
}

function* statusScaleErrors(object: KubeObject, scale: CustomResourceSubresourceScale | undefined): Errors {
  if (scale === undefined) return;
  yield* replicasErrors(object, scale.statusReplicasPath);
  const { labelSelectorPath: path = '' } = scale;
  const selector = path === '' ? undefined : valueAt(object, path);
  if (selector !== undefined && typeof selector !== 'string') yield invalid(path, '', accessorError(path, selector, 'string'));
}

function* replicasErrors(object: KubeObject, path: string): Errors {
  const value = valueAt(object, path);
  if (value === undefined) return;
  if (!Number.isInteger(value)) yield invalid(path, 0, accessorError(path, value, 'int64'));
  else if ((value as number) < 0) yield invalid(path, value, 'should be a non-negative integer');
  else if ((value as number) > mostReplicas) yield invalid(path, value, `should be less than or equal to ${mostReplicas}`);
}

/** What is at a path of plain names, such as `.spec.replicas`; undefined where some part is missing. */
function valueAt(object: KubeObject, path: string): unknown {
  const names = path.split('.').filter((name) => name !== '');
  return names.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), object);
}

function accessorError(path: string, value: unknown, wanted: string): string {
  const types: Record<string, string> = { number: 'float64', boolean: 'bool', string: 'string' };
  const composed = Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
  const type = value === null ? '<nil>' : (types[typeof value] ?? composed);
  return `${path} accessor error: ${goText(value)} is of the type ${type}, expected ${wanted}`;
}
