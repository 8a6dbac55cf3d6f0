import { type AdmissionScope, compileForAdmission } from '../cel/admission/environment.ts';
import { qualifiedNameErrors } from '../qualified-name.ts';
import type { MatchCondition } from '../types/admissionregistration-v1.ts';
import { entries } from './common.ts';
import { duplicate, type Errors, invalid, required, tooMany } from './field-error.ts';
import { check } from './formats.ts';

const mostConditions = 64;

/** An expression for admission; `result` as in `compileForAdmission`. */
export function* admissionExpression(
  field: string,
  expression: string | undefined,
  scope: AdmissionScope,
  result?: readonly string[],
): Errors {
  if (!expression?.trim()) {
    yield required(field);
    return;
  }
  const compiled = compileForAdmission(expression, scope, result);
  if ('error' in compiled) yield invalid(field, expression, compiled.error);
}

export function* matchConditions(field: string, conditions: readonly MatchCondition[] | undefined, scope: AdmissionScope): Errors {
  const names = new Set<string>();
  if ((conditions ?? []).length > mostConditions) yield tooMany(field, conditions?.length ?? 0, mostConditions);
  for (const [i, { name, expression }] of entries(conditions as MatchCondition[] | undefined)) {
    const at = `${field}[${i}]`;
    yield* admissionExpression(`${at}.expression`, expression?.trim(), scope, ['bool']);
    if (!name) yield required(`${at}.name`);
    else yield* check(`${at}.name`, name, qualifiedNameErrors);
    if (name && names.has(name)) yield duplicate(`${at}.name`, name);
    names.add(name);
  }
}
