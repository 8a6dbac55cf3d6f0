import { runtimeBudget } from '../cel/compile.ts';
import type { KubeObject } from '../object.ts';
import { type CompiledRules, compileRules } from '../structural/compile-rules.ts';
import { uncorrelated } from '../structural/correlate.ts';
import { embeddedResources } from '../structural/embedded.ts';
import { uniqueItems } from '../structural/lists.ts';
import { checkRules } from '../structural/rules.ts';
import type { StructuralSchema } from '../structural/schema.ts';
import { validateValue } from '../structural/validate.ts';
import type { CustomResourceSubresourceScale } from '../types/apiextensions-v1.ts';
import { addErrors, errorText, type FieldError, invalid } from '../validation/field-error.ts';
import { parseJsonPath } from './json-path.ts';

/** Errors after which rules would only stumble over values that they do not expect (upstream: hasBlockingErr). */
const blocking: ReadonlySet<FieldError['type']> = new Set(['NotSupported', 'Required', 'TooLong', 'TooMany', 'TypeInvalid']);

/** Makes the validation of a schema's objects (upstream: customresource strategy). Rules are compiled when first needed. */
export function customValidation(schema: StructuralSchema, scale: CustomResourceSubresourceScale | undefined) {
  let rules: CompiledRules | undefined;
  return (object: KubeObject, old?: KubeObject): FieldError[] => {
    const correlation = old === undefined ? uncorrelated : { old };
    const errors = [...validateValue(object, schema, '', correlation), ...scaleErrors(object, scale)];
    addErrors(
      errors,
      ratcheted(object, old, (value) => [...embeddedResources(value, schema)]),
    );
    addErrors(
      errors,
      ratcheted(object, old, (value) => [...uniqueItems(value, schema)]),
    );
    rules ??= compileRules(schema);
    if (rules.root === undefined) return errors;
    if (!errors.some(({ type }) => blocking.has(type)))
      return [...errors, ...checkRules(object, rules.root, correlation, { left: runtimeBudget })];
    const text =
      'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
    return [...errors, invalid('<nil>', null, text)];
  };
}

/** What was wrong in the same way before is tolerated. */
function ratcheted(object: KubeObject, old: KubeObject | undefined, check: (object: KubeObject) => FieldError[]): FieldError[] {
  const found = check(object);
  if (found.length === 0 || old === undefined) return found;
  const before = new Set(check(old).map(errorText));
  return found.filter((error) => !before.has(errorText(error)));
}

function scaleErrors(object: KubeObject, scale: CustomResourceSubresourceScale | undefined): FieldError[] {
  if (scale === undefined) return [];
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap((path) => {
    const [value] = parseJsonPath(path)(object);
    if (value === undefined || (typeof value === 'number' && value >= 0)) return [];
    return [invalid(path, value, 'should be a non-negative integer')];
  });
}
