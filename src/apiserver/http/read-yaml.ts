import { setImmediate as turn } from 'node:timers/promises';
import { Composer, type CST, isCollection, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, type YAMLError } from 'yaml';
import { duplicateFields } from '../../api/duplicate-fields.ts';
import { ApiError } from '../../api/status.ts';
import { yamlDuplicates } from '../../api/yaml-duplicates.ts';

/**
 * The most lexemes that are read of a YAML body. Taking them apart is done in slices, but what they make is put together in one go,
 * and nobody else may wait long for that. The largest definitions that people write by hand have half of this.
 */
const mostLexemes = 250_000;
/** How long other requests wait for a slice. */
const sliceMs = 10;

export interface ReadYaml {
  value: unknown;
  /** Keys that occur twice in one mapping, in words. */
  duplicateKeys: string[];
}

/**
 * The first document of a YAML body. JSON, which is YAML too and which clients send under its name (kubectl's server-side apply), is
 * read as JSON. Throws 413 for text that would take too long, and the parser's errors.
 */
export async function readYaml(text: string): Promise<ReadYaml> {
  if (/^\s*[{[]/.test(text)) {
    try {
      const value: unknown = JSON.parse(text);
      // What hides keys is read again, to say where they are.
      if (duplicateFields(Buffer.from(text), value).length === 0) return { value, duplicateKeys: [] };
    } catch {
      // Flow style is not all of it JSON.
    }
  }
  const lines = new LineCounter();
  const [document] = new Composer({ uniqueKeys: false, merge: true, logLevel: 'error' }).compose(await tokensOf(text, lines));
  if (document === undefined) return { value: null, duplicateKeys: [] };
  const [error] = document.errors;
  if (error !== undefined) throw prettyYamlError(error, lines);
  checkKeys(document.contents);
  return { value: asJson(document.toJS()), duplicateKeys: yamlDuplicates(document, lines) };
}

/** JSON's keys are texts, and what else YAML has for one is made a text, if it is a scalar at all. */
function checkKeys(node: unknown): void {
  if (isSeq(node)) for (const item of node.items) checkKeys(item);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (isCollection(key)) throw new Error(`yaml: invalid map key: ${String(key)}`);
    if (key === null || (isScalar(key) && key.value === null))
      throw new Error(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${String(value)}`);
    checkKeys(value);
  }
}

/** What YAML has beyond JSON: numbers that are none are refused, bytes become the text that they are. */
function asJson(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Set) return Object.fromEntries([...value].map((item) => [String(item), null]));
  const entries: [string, unknown][] = value instanceof Map ? [...value].map(([key, item]) => [String(key), item]) : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key, asJson(item)]));
}

/** The error with its line, which the library's own front adds. */
function prettyYamlError(error: YAMLError, lines: LineCounter): YAMLError {
  const { line, col } = lines.linePos(error.pos[0]);
  error.linePos = [{ line, col }];
  return error;
}

async function tokensOf(text: string, lines: LineCounter): Promise<CST.Token[]> {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  let start = performance.now();
  const take = (made: Iterable<CST.Token>): void => {
    for (const token of made) {
      // One is enough to refuse the body; a body of nothing else has a million.
      if (token.type === 'error') throw new Error(token.message);
      tokens.push(token);
    }
  };
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > mostLexemes) {
      throw new ApiError(
        'RequestEntityTooLarge',
        `Request entity too large: YAML of more than ${mostLexemes} tokens; JSON has no such limit`,
      );
    }
    take(parser.next(lexeme));
    if (lexemes % 256 !== 0 || performance.now() - start < sliceMs) continue;
    await turn();
    start = performance.now();
  }
  take(parser.end());
  return tokens;
}
