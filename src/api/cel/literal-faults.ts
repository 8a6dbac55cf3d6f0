import { isGoDuration } from '../go-text.ts';
import { type CelNode, childrenOf } from './ast.ts';
import { typeName } from './errors.ts';
import { compileRegex } from './regex.ts';

interface Fault {
  node: CelNode;
  text: string;
}

/**
 * The first thing that is wrong with what a type-checked expression says literally: texts that are no duration, timestamp or
 * regular expression, lists and maps of several types (upstream: cel-go's validators, which Kubernetes has enabled). Arguments
 * of `format` may be of any types, and with `mixed` everything may.
 */
export function literalFault(root: CelNode, mixed = false): Fault | undefined {
  const lists: Fault[] = [];
  const found = faultOf(root, lists, mixed);
  return found ?? lists[0];
}

function faultOf(node: CelNode, mixed: Fault[], exempt: boolean): Fault | undefined {
  if (!exempt) {
    if (node.op === 'list') note(node.args as CelNode[], mixed);
    if (node.op === 'map')
      for (const index of [0, 1])
        note(
          (node.args as CelNode[][]).flatMap((entry) => entry[index] ?? []),
          mixed,
        );
  }
  const call = node.op === 'call' || node.op === 'rcall' ? (node.args as [string, ...unknown[]]) : undefined;
  const given = call?.at(-1);
  const [argument] = Array.isArray(given) ? (given as CelNode[]) : [];
  if (argument?.op === 'value' && typeof argument.args === 'string' && !isValid(call?.[0] ?? '', node.op, argument.args))
    return { node: argument, text: `invalid ${call?.[0].replace('_', '')} argument` };
  for (const child of childrenOf(node)) {
    const fault = faultOf(child, mixed, exempt || call?.[0] === 'format');
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** RFC 3339, and Go's notation of durations. */
const timestamp = /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function isValid(name: string, op: string, text: string): boolean {
  if (op === 'call' && name === 'duration') return isGoDuration(text);
  if (op === 'call' && name === 'timestamp') return timestamp.test(text) && !Number.isNaN(Date.parse(text.replace(',', '.')));
  if (op !== 'rcall' || name !== '_matches') return true;
  try {
    compileRegex(text);
    return true;
  } catch {
    return false;
  }
}

/** The first that is of another type than the first of all. */
function note(nodes: readonly CelNode[], mixed: Fault[]): void {
  const [first, ...others] = nodes;
  const expected = first?.checkedType?.name;
  const other = others.find(({ checkedType }) => checkedType !== undefined && !isSame(checkedType.name, expected ?? ''));
  if (other !== undefined)
    mixed.push({ node: other, text: `expected type '${typeName(expected ?? '')}' but found '${typeName(other.checkedType?.name ?? '')}'` });
}

/** An empty list or map is of any type. */
const isSame = (a: string, b: string): boolean => a === b || [a, b].some((name) => /^(list|map)$|<(dyn, )?dyn>|<[A-Z]/.test(name));
