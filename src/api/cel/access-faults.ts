/** What of a type-checked expression cannot succeed, where the library looks at run time only. */
import { type CelNode, childrenOf } from './ast.ts';
import { typeName } from './errors.ts';
import { clauseMisfit, parseFormat } from './library/format-string.ts';

interface Fault {
  node: CelNode;
  text: string;
}

/** The first field or index of a value that has none such, or argument of `format` that does not go with its clause. */
export function accessFault(node: CelNode): Fault | undefined {
  const found = access(node) ?? formatCall(node);
  if (found !== undefined) return found;
  for (const child of childrenOf(node)) {
    const below = accessFault(child);
    if (below !== undefined) return below;
  }
  return undefined;
}

const textOf = (node: CelNode | undefined): string | undefined =>
  node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;

/** The type as far as the checker is sure of it. */
function sureType(node: CelNode): string | undefined {
  if (node.op === 'call' && (node.args as [string])[0] === 'dyn') return 'dyn';
  const type = node.checkedType?.name;
  return type === undefined || /\bdyn\b|\b[A-Z]\b/.test(type) ? undefined : type;
}

/** Fields of values that have none, and indexes that are no keys; where the library would look at run time only. */
function access(node: CelNode): Fault | undefined {
  if (!['.', '[]'].includes(node.op)) return undefined;
  const [target, index] = node.args as [CelNode, CelNode];
  const type = target.checkedType;
  if (type === undefined) return undefined;
  if (node.op === '.')
    return fieldless.has(type.name) ? { text: `type '${typeName(type.name)}' does not support field selection`, node } : undefined;
  const given = sureType(index);
  const key = type.kind === 'map' ? type.keyType?.name : undefined;
  const numbers = [given, key].every((name) => name !== undefined && ['int', 'uint', 'double'].includes(name));
  const wrong =
    key !== undefined &&
    given !== undefined &&
    given !== 'dyn' &&
    /^\w+$/.test(key) &&
    key !== 'dyn' &&
    key.length > 1 &&
    given !== key &&
    !numbers;
  if (!wrong && !/^Object\d+$/.test(type.name)) return undefined;
  return { text: `found no matching overload for '_[_]' applied to '(${typeName(type.name)}, ${typeName(given ?? 'dyn')})'`, node };
}

const fieldless = new Set(['bytes', 'uint', 'google.protobuf.Timestamp', 'google.protobuf.Duration']);

/** A format that is written out, against the arguments that are. */
function formatCall(node: CelNode): Fault | undefined {
  if (node.op !== 'rcall') return undefined;
  const [name, receiver, [list]] = node.args as [string, CelNode, CelNode[]];
  const format = textOf(receiver);
  if (name !== 'format' || format === undefined || list?.op !== 'list') return undefined;
  const given = list.args as CelNode[];
  try {
    const clauses = parseFormat(format, given.length).filter((part) => typeof part !== 'string');
    for (const [index, { verb }] of clauses.entries()) {
      const type = sureType(given[index] as CelNode)
        ?.replace(/<.*$/, '')
        .replace(/^null$/, 'null_type');
      const text = type === undefined || type === 'dyn' ? undefined : clauseMisfit(verb, type);
      if (text !== undefined) return { text, node: given[index] as CelNode };
    }
    if (given.length <= clauses.length) return undefined;
    return { text: `too many arguments supplied to string.format (expected ${clauses.length}, got ${given.length})`, node };
  } catch (thrown) {
    return { text: (thrown as Error).message, node };
  }
}
