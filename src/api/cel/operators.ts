/** What operators give, where the library's own differ from cel-go's. */
import type { Environment } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { addDurations, moveTimestamp, nanosecondsOf, subtractDurations, timeBetween } from './arithmetic.ts';
import type { CelContext, CelEvaluator, CelNode } from './ast.ts';
import { joined, sameElements } from './list-kinds.ts';
import { compareValues, sameValue } from './values.ts';

/** Undefined where the library's own operator is right. */
type Operator = (left: unknown, right: unknown) => unknown;

const isText = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array || value instanceof Duration;
const ordered =
  (holds: (sign: number) => boolean): Operator =>
  (left, right) =>
    isText(left) && isText(right) && typeof left === typeof right ? holds(compareValues(left, right)) : undefined;

const equal: Operator = (left, right) => {
  return (Array.isArray(left) && Array.isArray(right) ? sameElements(left, right) : undefined) ?? sameValue(left, right);
};

/** As whole numbers of any type are one key of a map. */
export function mapKey(key: unknown): unknown {
  if (key instanceof UnsignedInt) return key.value;
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key;
}

const operators: Record<string, Operator> = {
  '==': equal,
  '!='(left, right) {
    const same = equal(left, right);
    return same === undefined ? undefined : !same;
  },
  in(value, container) {
    if (Array.isArray(container)) return container.some((item) => sameValue(value, item));
    return container instanceof Map ? container.has(mapKey(value)) : undefined;
  },
  '[]'(container, index) {
    const key = mapKey(index);
    if (Array.isArray(container)) return typeof key === 'bigint' ? container[Number(key)] : undefined;
    return container?.constructor === Map ? (container as Map<unknown, unknown>).get(key) : undefined;
  },
  '<': ordered((sign) => sign < 0),
  '<=': ordered((sign) => sign <= 0),
  '>': ordered((sign) => sign > 0),
  '>=': ordered((sign) => sign >= 0),
  '+'(left, right) {
    if (Array.isArray(left) && Array.isArray(right)) return joined(left, right);
    if (left instanceof Duration && right instanceof Duration) return addDurations(left, right);
    if (left instanceof Duration && right instanceof Date) return moveTimestamp(right, nanosecondsOf(left));
    return left instanceof Date && right instanceof Duration ? moveTimestamp(left, nanosecondsOf(right)) : undefined;
  },
  '-'(left, right) {
    if (left instanceof Duration && right instanceof Duration) return subtractDurations(left, right);
    if (left instanceof Date && right instanceof Date) return timeBetween(left, right);
    return left instanceof Date && right instanceof Duration ? moveTimestamp(left, -nanosecondsOf(right)) : undefined;
  },
  '/': overflowing,
  '%': overflowing,
};

/** The one quotient of integers that is none. */
function overflowing(left: unknown, right: unknown): undefined {
  if (left === -(2n ** 63n) && right === -1n) throw new RangeError('integer overflow');
}

/** How a binary operator or a map literal is evaluated, undefined where nothing is to be changed. To be asked after the type check. */
export function evaluationOf(node: CelNode): CelNode['evaluate'] | undefined {
  if (node.op === 'map') return mapLiteral;
  const operator = Object.hasOwn(operators, node.op) ? operators[node.op] : undefined;
  if (operator === undefined) return undefined;
  const { evaluate } = node.meta;
  return (evaluator, one, context) => {
    const [left, right] = (one.args as CelNode[]).map((operand) => evaluator.run(operand, context));
    return (
      operator(left, right) ?? (one.handle === undefined ? evaluate(evaluator, one, context) : one.handle(left, right, one, evaluator))
    );
  };
}

function mapLiteral(evaluator: CelEvaluator, node: CelNode, context: CelContext): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  // Of a key that comes twice the last counts.
  for (const [key, value] of node.args as [CelNode, CelNode][]) map.set(evaluator.run(key, context), evaluator.run(value, context));
  return map;
}

/** Overloads that cel-go has and the library has not; what they do is above. */
export function registerOperators(environment: Environment): void {
  environment.registerOperator('optional<A> == optional<A>', sameValue);
  for (const operator of ['<', '<=', '>', '>=']) {
    environment.registerOperator(`bytes ${operator} bytes`, (left: Uint8Array, right: Uint8Array) => operators[operator]?.(left, right));
  }
  // A wrapper for a time may hold nothing.
  for (const type of ['google.protobuf.Timestamp', 'google.protobuf.Duration']) {
    environment.registerOperator(`${type} == null`, sameValue);
  }
}
