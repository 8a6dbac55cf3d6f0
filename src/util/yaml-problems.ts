/** Files that people write in YAML: read, held against a JSON Schema, and every problem told at once with its line and column. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { type Document, isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { type ErrorCode, ShoalError } from './errors.ts';

/** A form of texts that a schema names as `format`. */
export interface Format {
  accepts(text: string): boolean;
  /** What is said of a text that is not accepted, after the text itself. */
  refusal: string;
}
export type Formats = Readonly<Record<string, Format>>;

/** One thing wrong with a file; lines and columns count from 1. */
export interface Problem {
  line: number;
  column: number;
  /** Such as `nodes[1].role`. */
  path: string;
  message: string;
}

/** A parsed file; `problem` places what is wrong with a part of it. Empty text counts as an empty mapping. */
export interface YamlFile {
  value: unknown;
  problem: ReturnType<typeof locator>['problem'];
}

/** The value, or what keeps the text from being YAML. */
export function readYaml(text: string): YamlFile | { problems: Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length === 0) return { value: document.toJS() ?? {}, problem: locator(document, lines).problem };
  return {
    problems: document.errors.map((error) => {
      const at = error.linePos?.[0] ?? lines.linePos(error.pos[0]);
      return { line: at.line, column: at.col, path: '', message: error.message };
    }),
  };
}

/** All problems of a file as one error. */
export function problemsError(code: ErrorCode, from: string, problems: readonly Problem[], next: string): ShoalError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const rows = sorted.map(({ line, column, path, message }) => `  ${from}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`);
  const count = rows.length === 1 ? 'a problem' : `${rows.length} problems`;
  return new ShoalError(code, `${from} has ${count}:\n${rows.join('\n')}`, { next });
}

/** Finds places of a parsed file, so that a problem can be shown where it stands. */
function locator(document: Document, lines: LineCounter) {
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

const pathOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

/** `key` is a field of the object at `path` that should not be there. */
interface Violation {
  path: (string | number)[];
  key: string | undefined;
  message: string;
}

/** Compiling takes longer than validating, and a schema may be held against many values. */
const compiled = new WeakMap<object, ValidateFunction>();

/** `schema` is always given with the same `formats`. */
export function schemaViolations(schema: object, value: unknown, formats: Formats): Violation[] {
  const validate = compiled.get(schema) ?? compile(schema, formats);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const extra: unknown = error.params['additionalProperty'];
    return { path: pathOf(error.instancePath), key: typeof extra === 'string' ? extra : undefined, message: sentence(error, formats) };
  });
}

function compile(schema: object, formats: Formats): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strict: false });
  for (const [name, { accepts }] of Object.entries(formats)) ajv.addFormat(name, { type: 'string', validate: accepts });
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** What a schema violation (of ajv with `verbose`) means, in a sentence. */
function sentence(error: ErrorObject, formats: Formats): string {
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
      return `"${String(error.data)}" ${formats[String(error.params['format'])]?.refusal ?? 'is not valid'}`;
    case 'exclusiveMinimum':
      return `${String(error.data)} ${formats['quantity']?.refusal ?? 'is too small'}`;
    default:
      return error.message ?? 'is not valid';
  }
}
