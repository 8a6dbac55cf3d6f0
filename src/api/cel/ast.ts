/** The nodes of the CEL library's syntax tree, as far as they are looked into here. */
export interface CelNode {
  readonly op: string;
  args: unknown;
  readonly start: number;
  readonly end: number;
  readonly meta: NodeMeta;
  checkedType?: CelTypeDeclaration;
  setMeta(key: string, value: unknown): CelNode;
  evaluate: Evaluate;
  /** What a binary operator does with its operands; set by the check. */
  handle?: (left: unknown, right: unknown, node: CelNode, evaluator: CelEvaluator) => unknown;
}

export type Evaluate = (evaluator: CelEvaluator, node: CelNode, context: CelContext) => unknown;

interface NodeMeta {
  evaluate: Evaluate;
  /** What a macro or constant has been expanded to. */
  alternate?: CelNode;
  macro?: { evaluate(evaluator: CelEvaluator, macro: unknown, context: CelContext): unknown } & Record<string, unknown>;
}

/** A type as the library's checker has it. */
export interface CelTypeDeclaration {
  readonly name: string;
  readonly kind: string;
  readonly keyType?: CelTypeDeclaration;
  readonly valueType?: CelTypeDeclaration;
  fieldLazy(object: unknown, key: unknown, node: CelNode, evaluator: CelEvaluator): unknown;
}

export interface CelEvaluator {
  run(node: CelNode, context: CelContext): unknown;
  debugType(value: unknown): CelTypeDeclaration;
  readonly optionalType: { field(object: unknown, key: unknown, node: CelNode, evaluator: CelEvaluator): unknown };
}

export interface CelChecker {
  check(node: CelNode, context: CelContext): CelTypeDeclaration;
  getType(name: string): CelTypeDeclaration;
  checkAccessOnType(node: CelNode, context: CelContext, type: CelTypeDeclaration): CelTypeDeclaration;
  readonly registry: {
    getOptionalType(value: CelTypeDeclaration): CelTypeDeclaration;
    getListType(value: CelTypeDeclaration): CelTypeDeclaration;
    getMapType(...types: CelTypeDeclaration[]): CelTypeDeclaration;
  };
}

export interface CelContext {
  forkWithVariable(name: string, type: CelTypeDeclaration): CelContext;
  reuse(parent: CelContext): CelContext;
  setIterValue(value: unknown, evaluator: CelEvaluator): CelContext;
}

export const isNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'setMeta' in value;

interface Comprehension {
  iterable: CelNode;
  init: CelNode;
  step: CelNode;
}

/** What a comprehension macro (`all`, `map`…) was expanded to. */
export const comprehensionOf = (node: CelNode): Comprehension | undefined =>
  node.meta.alternate?.op === 'comprehension' ? (node.meta.alternate.args as Comprehension) : undefined;

/** The nodes directly below, expansions included. */
export function childrenOf(node: CelNode): CelNode[] {
  if (node.meta.alternate !== undefined) return [node.meta.alternate];
  // A macro may keep the call that it stands for.
  if (node.meta.macro !== undefined)
    return Object.values(node.meta.macro)
      .flat()
      .filter((value) => isNode(value) && value !== node) as CelNode[];
  if (node.op === 'comprehension') {
    const { iterable, init, step } = node.args as Comprehension;
    return [iterable, init, step];
  }
  return [node.args].flat(3).filter(isNode);
}

/** Calls `visit` for the node and everything below it, parents first. */
export function walk(node: CelNode, visit: (node: CelNode) => void): void {
  visit(node);
  for (const child of childrenOf(node)) walk(child, visit);
}
