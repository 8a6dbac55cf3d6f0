import type { CelChecker, CelContext, CelEvaluator, CelNode } from './ast.ts';

/**
 * `has(e.f)` for any expression before the last field; the library's own takes names alone and does not look whether the
 * type has the field.
 */
export function replaceHas(node: CelNode): void {
  if (node.op !== 'call' || node.meta.macro === undefined) return;
  const [name, given] = node.args as [string, CelNode[]];
  const [argument] = given;
  if (name !== 'has' || argument === undefined) return;
  node.setMeta('macro', { argument, typeCheck, evaluate });
}

interface HasMacro {
  argument: CelNode;
}

function typeCheck(checker: CelChecker, { argument }: HasMacro, context: CelContext): unknown {
  if (argument.op !== '.' && argument.op !== '.?') throw new SyntaxError('invalid argument to has() macro');
  checker.check(argument, context);
  return checker.getType('bool');
}

function evaluate(evaluator: CelEvaluator, { argument }: HasMacro, context: CelContext): boolean {
  const [receiver, field] = argument.args as [CelNode, string];
  const object = evaluator.run(receiver, context);
  return evaluator.debugType(object).fieldLazy(object, field, argument, evaluator) !== undefined;
}
