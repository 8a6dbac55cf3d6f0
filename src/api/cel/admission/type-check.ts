import type { StructuralSchema } from '../../structural/schema.ts';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../types/admissionregistration-v1.ts';
import { type AdmissionScope, compileForAdmission, compileVariables } from './environment.ts';

/** A kind whose objects a policy is asked about. */
export interface CheckedKind {
  group: string;
  version: string;
  kind: string;
  schema: StructuralSchema;
}

/** No more kinds than these are looked at (upstream: maxTypesToCheck). */
const mostKinds = 10;

/**
 * Where a policy's validations do not fit the kinds that its rules name (upstream: TypeChecker.Check). Nothing here makes the
 * policy invalid: at run time an expression sees objects whose types are not known.
 */
export function expressionWarnings(
  { spec = {} }: ValidatingAdmissionPolicy,
  kinds: readonly CheckedKind[],
  param?: StructuralSchema,
): ExpressionWarning[] {
  const scopes = kinds.slice(0, mostKinds).map((kind) => {
    const given: AdmissionScope = { policy: true, params: spec.paramKind !== undefined, strict: true, object: kind.schema };
    const scope = compileVariables(spec.variables, param === undefined ? given : { ...given, param }).scope;
    return { kind, scope };
  });
  const check = (expression: string, fieldRef: string): ExpressionWarning[] => {
    const faults = scopes.flatMap(({ kind, scope }) => {
      const compiled = compileForAdmission(expression, scope);
      return 'error' in compiled
        ? [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${compiled.error.replace(/^compilation failed: /, '')}`]
        : [];
    });
    return faults.length === 0 ? [] : [{ fieldRef, warning: faults.join('\n') }];
  };
  return (spec.validations ?? []).flatMap(({ expression, messageExpression = '' }, index) => [
    ...check(expression, `spec.validations[${index}].expression`),
    ...(messageExpression === '' ? [] : check(messageExpression, `spec.validations[${index}].messageExpression`)),
  ]);
}
