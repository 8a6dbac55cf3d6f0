import { setImmediate as turn } from 'node:timers/promises';
import { Composer, type CST, Lexer, LineCounter, Parser, type YAMLError } from 'yaml';
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
  const [document] = new Composer({ uniqueKeys: false, logLevel: 'error' }).compose(await tokensOf(text, lines));
  if (document === undefined) return { value: null, duplicateKeys: [] };
  const [error] = document.errors;
  if (error !== undefined) throw prettyYamlError(error, lines);
  return { value: document.toJS(), duplicateKeys: yamlDuplicates(document, lines) };
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
