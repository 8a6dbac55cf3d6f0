import { type AdmissionProgram, type AdmissionScope, compileForAdmission } from '../../../api/cel/admission/environment.ts';
import type { MatchCondition } from '../../../api/types/admissionregistration-v1.ts';
import { type Evaluation, evaluationError } from './evaluation.ts';

export interface CompiledCondition {
  name: string;
  program: { program: AdmissionProgram } | { error: string };
}

export const compileConditions = (conditions: readonly MatchCondition[] | undefined, scope: AdmissionScope): CompiledCondition[] =>
  (conditions ?? []).map(({ name, expression }) => ({ name, program: compileForAdmission(expression, scope, ['bool']) }));

/**
 * Whether all hold. One that does not decides, whatever became of the others; else one that cannot be evaluated is an
 * error, given back as text (upstream: plugin/webhook/matchconditions).
 */
export async function conditionsHold(
  conditions: readonly CompiledCondition[],
  evaluation: Evaluation,
  more?: Record<string, unknown>,
): Promise<boolean | { error: string }> {
  const errors: string[] = [];
  for (const { program } of conditions) {
    if ('error' in program) {
      errors.push(program.error);
      continue;
    }
    try {
      const value = await evaluation.evaluate(program.program, more);
      if (value === false) return false;
      if (value !== true) errors.push(evaluationError(program.program, new Error('must evaluate to bool')));
    } catch (thrown) {
      errors.push(evaluationError(program.program, thrown));
    }
  }
  if (errors.length === 0) return true;
  return { error: errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]` };
}
