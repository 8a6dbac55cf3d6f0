import type { Environment } from '@marcbachmann/cel-js';
import { compileExpression } from './compile.ts';
import { celEnvironment } from './environment.ts';

let environment: Environment | undefined;

/** What is wrong with a selector of devices (upstream: dynamic-resource-allocation/cel); undefined when it may be stored. */
export function deviceSelectorError(expression: string): string | undefined {
  environment ??= celEnvironment().registerVariable('device', 'dyn');
  const compiled = compileExpression(environment, expression, { bindings: true });
  if ('error' in compiled) return `compilation failed: ${compiled.error}`;
  const { type } = compiled.program;
  return type === 'bool' || type === 'dyn' ? undefined : `must evaluate to bool or the unknown type, not ${type}`;
}
