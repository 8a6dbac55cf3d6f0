import { type Environment, EvaluationError } from '@marcbachmann/cel-js';
import { accessFault } from './access-faults.ts';
import { type CelNode, type Evaluate, isNode, walk } from './ast.ts';
import { compileMessage, evaluationMessage, faultAt } from './errors.ts';
import { replaceHas } from './has.ts';
import { literalFault } from './literal-faults.ts';
import { evaluationOf } from './operators.ts';
import { replaceOptionalSelect } from './optional-select.ts';

/** What an evaluation may still cost; one node of the expression counts as one (upstream's units, roughly). */
export interface CelBudget {
  left: number;
}

/** Upstream's limits (apiextensions-apiserver, apiserver/pkg/apis/cel/config.go). */
export const perCallLimit = 1_000_000;
export const runtimeBudget = 10_000_000;
const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run';

type Failure = 'error' | 'cost' | 'budget';

/** Why an expression gave no value. `cost`: it is too dear by itself; `budget`: what was left was less. Then nothing more may be run. */
export class CelFailure extends Error {
  readonly reason: Failure;
  constructor(reason: Failure, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface CelProgram {
  readonly expression: string;
  /** The type of the result: `bool`, `string`, `dyn`, `list<int>`… */
  readonly type: string;
  readonly root: CelNode;
  /** Whether the expression names the variable. */
  uses(variable: string): boolean;
  /** Throws {@link CelFailure}. Integers are bigint, timestamps Date; see `values.ts`. */
  evaluate(variables: Record<string, unknown>, budget?: CelBudget): unknown;
}

/** Functions that replace the library's own, whose names expressions use. */
const replaced = ['matches', 'upperAscii', 'lowerAscii', 'substring', 'indexOf', 'lastIndexOf', 'split', 'trim', 'string'];
const renamed: Record<string, string> = Object.fromEntries(replaced.map((name) => [name, `_${name}`]));

interface CompileOptions {
  /** Whether there is `cel.bind`; most of Kubernetes' environments do not have it. */
  bindings?: boolean;
  /** Whether lists and maps in the expression may hold several types. */
  mixed?: boolean;
}

const isCel = (node: unknown): boolean => isNode(node) && node.op === 'id' && node.args === 'cel';

/** Where `placeOf` looks from: a selection is known by its last dot. */
const startOf = ({ op, start, end }: CelNode): number => (op === '.' || op === '.?' ? end : start);

/** Parses and type-checks; the error is worded as cel-go words it. `Environment`s come from `environment.ts`. */
export function compileExpression(
  environment: Environment,
  expression: string,
  { bindings = false, mixed = false }: CompileOptions = {},
): { program: CelProgram } | { error: string } {
  const isFunction = (name: string): boolean =>
    environment.getDefinitions().functions.some((known) => known.name === name || known.name === renamed[name]);
  try {
    const parsed = environment.parse(expression);
    const root = parsed.ast as unknown as CelNode;
    const names = new Set<string>();
    walk(root, (node) => {
      replaceHas(node);
      replaceOptionalSelect(node);
      if (node.op === 'id') names.add(node.args as string);
      if (node.op !== 'rcall' && node.op !== 'call') return;
      const parts = node.args as [string, ...unknown[]];
      if (!bindings && node.op === 'rcall' && parts[0] === 'bind' && isCel(parts[1])) throw faultAt(node.start, 'Unknown variable: cel');
      parts[0] = renamed[parts[0]] ?? parts[0];
    });
    const checked = parsed.check();
    if (!checked.valid) return { error: compileMessage(expression, checked.error ?? new Error('invalid'), isFunction) };
    const fault = accessFault(root) ?? literalFault(root, mixed);
    if (fault !== undefined) return { error: compileMessage(expression, faultAt(startOf(fault.node), fault.text, fault.node), isFunction) };
    walk(root, meter);
    const evaluate: CelProgram['evaluate'] = (variables, budget = { left: perCallLimit }) => run(parsed, variables, budget);
    return { program: { expression, type: checked.type ?? 'dyn', root, uses: (variable) => names.has(variable), evaluate } };
  } catch (thrown) {
    if (thrown instanceof Error) return { error: compileMessage(expression, thrown, isFunction) };
    throw thrown;
  }
}

/** Whether the expression is only read out of something of no known type, or says itself that it has none. */
export function isUntyped({ op, args }: CelNode): boolean {
  return ['.', '[]', 'id'].includes(op) || (op === 'call' && (args as [string])[0] === 'dyn');
}

/** Evaluation is synchronous, so what it costs can be counted in one place. */
let spent = 0;
let limit = 0;

class OverBudget extends Error {}

function meter(node: CelNode): void {
  const { alternate, macro, evaluate } = node.meta;
  let inner: Evaluate = evaluationOf(node) ?? evaluate;
  if (alternate !== undefined) inner = (evaluator, _node, context) => alternate.evaluate(evaluator, alternate, context);
  else if (macro !== undefined) inner = (evaluator, _node, context) => macro.evaluate(evaluator, macro, context);
  node.evaluate = (evaluator, _node, context) => {
    spent++;
    if (spent > limit) throw new OverBudget();
    return inner(evaluator, node, context);
  };
}

/** For functions whose work grows with their arguments. */
export function spend(cost: number): void {
  spent += Math.ceil(cost);
  if (spent > limit) throw new OverBudget();
}

function run(parsed: (variables: Record<string, unknown>) => unknown, variables: Record<string, unknown>, budget: CelBudget): unknown {
  spent = 0;
  limit = Math.min(perCallLimit, budget.left);
  try {
    const value = parsed(variables);
    if (spent > limit) throw new OverBudget();
    return value;
  } catch (thrown) {
    if (thrown instanceof OverBudget || spent > limit) {
      if (limit < perCallLimit) throw new CelFailure('budget', outOfBudget);
      throw new CelFailure('cost', 'operation cancelled: actual cost limit exceeded');
    }
    if (thrown instanceof EvaluationError || thrown instanceof Error) throw new CelFailure('error', evaluationMessage(thrown));
    throw thrown;
  } finally {
    budget.left -= spent;
  }
}
