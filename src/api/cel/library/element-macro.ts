import type { CelChecker, CelContext, CelEvaluator, CelNode, CelTypeDeclaration } from '../ast.ts';

interface Given {
  args: CelNode[];
  receiver: CelNode;
}

/** A macro that evaluates an expression with a name for a part of what it is called on: `receiver.macro(name, body)`. */
interface ElementMacro {
  /** The type of the name. Throws where the macro does not go with the receiver. */
  element(receiver: CelTypeDeclaration, checker: CelChecker): CelTypeDeclaration;
  result(receiver: CelTypeDeclaration, body: CelTypeDeclaration, checker: CelChecker): CelTypeDeclaration;
  /** `evaluate` gives the body's value for one value of the name. */
  run(receiver: unknown, evaluate: (value: unknown) => unknown): unknown;
}

interface Self {
  receiver: CelNode;
  bodies: CelNode[];
  names: string[];
  inner?: CelContext;
}

/** The handler to register for `receiver.name(ast, ast)`. */
export function elementMacro(kind: ElementMacro): (given: Given) => object {
  return ({ args, receiver }) => {
    const [name, body] = args as [CelNode, CelNode];
    if (name.op !== 'id') throw new SyntaxError('argument must be a simple name');
    return {
      receiver,
      bodies: [body],
      names: [name.args as string],
      typeCheck(checker: CelChecker, self: Self, context: CelContext) {
        const over = checker.check(self.receiver, context);
        self.inner = context.forkWithVariable(self.names[0] as string, kind.element(over, checker));
        return kind.result(over, checker.check(self.bodies[0] as CelNode, self.inner), checker);
      },
      evaluate(evaluator: CelEvaluator, self: Required<Self>, context: CelContext) {
        return kind.run(evaluator.run(self.receiver, context), (value) =>
          evaluator.run(self.bodies[0] as CelNode, self.inner.reuse(context).setIterValue(value, evaluator)),
        );
      },
    };
  };
}
