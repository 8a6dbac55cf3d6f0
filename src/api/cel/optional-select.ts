import type { CelChecker, CelContext, CelEvaluator, CelNode } from './ast.ts';

/** `e.?f`: the library's own takes any name, cel-go only fields that the type of `e` has. */
export function replaceOptionalSelect(node: CelNode): void {
  if (node.op !== '.?') return;
  const [receiver, field] = node.args as [CelNode, string];
  node.setMeta('macro', { receiver, field, select: node, typeCheck, evaluate });
}

interface Select {
  receiver: CelNode;
  field: string;
  select: CelNode;
}

function typeCheck(checker: CelChecker, { receiver, select }: Select, context: CelContext): unknown {
  const type = checker.check(receiver, context);
  const inner = type.kind === 'optional' ? (type.valueType ?? checker.getType('dyn')) : type;
  return checker.registry.getOptionalType(checker.checkAccessOnType(select, context, inner));
}

const evaluate = (evaluator: CelEvaluator, { receiver, field, select }: Select, context: CelContext): unknown =>
  evaluator.optionalType.field(evaluator.run(receiver, context), field, select, evaluator);
