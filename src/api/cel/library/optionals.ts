import { type Environment, Optional } from '@marcbachmann/cel-js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import type { CelChecker, CelTypeDeclaration } from '../ast.ts';
import { elementMacro } from './element-macro.ts';

function isZero(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === 0n || value === '') return true;
  if (value instanceof UnsignedInt) return value.value === 0n;
  if (value instanceof Duration) return value.seconds === 0n && value.nanos === 0;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return value instanceof Map && value.size === 0;
}

function isPresent(value: unknown): value is Optional {
  if (!(value instanceof Optional)) throw new TypeError('no such overload');
  return value.hasValue();
}
const present = (list: readonly Optional[]): unknown[] => list.filter((one) => one.hasValue()).map((one) => one.value());

function content(type: CelTypeDeclaration, checker: CelChecker): CelTypeDeclaration {
  if (type.kind === 'optional') return type.valueType ?? checker.getType('dyn');
  if (type.kind === 'dyn') return type;
  throw new TypeError('optional expected');
}

/** Optional values as far as the library lacks them: cel-go's optional types, version 0. */
export function registerOptionals(environment: Environment): void {
  environment
    .registerFunction('OptionalNamespace.ofNonZeroValue(A): optional<A>', (_optional: unknown, value: unknown) =>
      isZero(value) ? Optional.none() : Optional.of(value),
    )
    .registerFunction('OptionalNamespace.unwrap(list<optional<A>>): list<A>', (_optional: unknown, list: Optional[]) => present(list))
    .registerFunction('list<optional<A>>.unwrapOpt(): list<A>', present)
    .registerFunction(
      'optional.optMap(ast, ast): optional<dyn>',
      elementMacro({
        element: content,
        result: (_over, body, checker) => checker.registry.getOptionalType(body),
        run: (optional, evaluate) => (isPresent(optional) ? Optional.of(evaluate(optional.value())) : Optional.none()),
      }),
    )
    .registerFunction(
      'optional.optFlatMap(ast, ast): optional<dyn>',
      elementMacro({
        element: content,
        result: (_over, body) => body,
        run: (optional, evaluate) => (isPresent(optional) ? evaluate(optional.value()) : Optional.none()),
      }),
    );
}
