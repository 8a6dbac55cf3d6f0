import type { CelChecker, CelContext, CelEvaluator, CelNode } from './ast.ts';
import { faultAt } from './errors.ts';

/**
 * `has(e.f)` for any expression before the last field; the library's own takes names alone and does not look whether the
 * type has the field.
 */
export function replaceHas(node: CelNode): void {
  if (node.op !== 'call' || node.meta.macro === undefined) return;
  const [name, given] = node.args as [string, CelNode[]];
  const [argument] = given;
  if (name !== 'has' || argument === undefined) return;
  node.setMeta('macro', { argument, opens: node.start + name.length, typeCheck, evaluate });
}

interface HasMacro {
  argument: CelNode;
  /** Where its bracket is: there cel-go sees what is wrong with the last field. */
  opens: number;
}

function typeCheck(checker: CelChecker, { argument, opens }: HasMacro, context: CelContext): unknown {
  if (argument.op !== '.') throw faultAt(argument.start, 'invalid argument to has() macro');
  try {
    checker.check(argument, context);
  } catch (thrown) {
    const { node, summary, message, code } = thrown as Error & { node?: unknown; summary?: string; code?: string };
    throw node === argument ? Object.assign(faultAt(opens, summary ?? message), { code }) : thrown;
  }
  return checker.getType('bool');
}

function evaluate(evaluator: CelEvaluator, { argument }: HasMacro, context: CelContext): boolean {
  const [receiver, field] = argument.args as [CelNode, string];
  const object = evaluator.run(receiver, context);
  return evaluator.debugType(object).fieldLazy(object, field, argument, evaluator) !== undefined;
}
