import type { ErrorObject } from 'ajv';
import { type Document, isMap, isPair, isScalar, type LineCounter, type Node } from 'yaml';
import { type FormatName, formats } from './formats.ts';

/** One thing wrong with a configuration file; lines and columns count from 1. */
export interface Problem {
  line: number;
  column: number;
  /** Such as `nodes[1].role`. */
  path: string;
  message: string;
}

/** Finds places of a parsed file, so that a problem can be shown where it stands. */
export function locator(document: Document, lines: LineCounter) {
  function at(path: readonly (string | number)[], key: string | undefined): { line: number; column: number } {
    let node: unknown = document.contents;
    for (const part of path) {
      const next: unknown =
        isMap(node) || (typeof node === 'object' && node !== null && 'get' in node)
          ? (node as { get(k: unknown, keep: true): unknown }).get(part, true)
          : undefined;
      if (next === undefined || next === null) break;
      node = next;
    }
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isScalar(pair.key)) node = pair.key;
    }
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    const position = lines.linePos(offset);
    return { line: position.line, column: position.col };
  }
  return {
    problem(path: readonly (string | number)[], message: string, key?: string): Problem {
      const whole = key === undefined ? path : [...path, key];
      const text = whole.reduce<string>(
        (out, part) => (typeof part === 'number' ? `${out}[${part}]` : out === '' ? part : `${out}.${part}`),
        '',
      );
      return { ...at(path, key), path: text, message };
    },
  };
}

export const pathOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

/** What a schema violation (of ajv with `verbose`) means, in a sentence. */
export function sentence(error: ErrorObject): string {
  switch (error.keyword) {
    case 'additionalProperties':
      return `unknown field "${String(error.params['additionalProperty'])}"`;
    case 'required':
      return `the field "${String(error.params['missingProperty'])}" is missing`;
    case 'enum':
      return `must be one of ${(error.params['allowedValues'] as unknown[]).map(String).join(', ')}`;
    case 'const':
      return `must be ${String(error.params['allowedValue'])}`;
    case 'type':
      return `must be of type ${[error.params['type']].flat().join(' or ')}`;
    case 'format':
      return `"${String(error.data)}" ${formats[error.params['format'] as FormatName].refusal}`;
    case 'exclusiveMinimum':
      return `${String(error.data)} ${formats.quantity.refusal}`;
    default:
      return error.message ?? 'is not valid';
  }
}
