import { RE2JS } from 're2js';

/**
 * Regular expressions of Go's regexp (RE2), for CEL's `matches` and for `pattern` in schemas. Their time is linear in the text:
 * a schema's author, who may be anybody, cannot make the server match for ever.
 */
export interface Regex {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The matches from left to right, at most so many. */
  findAll(text: string, most: number): string[];
}

const known = new Map<string, Regex>();
/** Enough for every schema of a large cluster; CEL may make patterns at run time, which must not fill the memory. */
const mostKnown = 2000;

/** Throws an Error in Go's words for what is no regular expression. */
export function compileRegex(pattern: string): Regex {
  const found = known.get(pattern);
  if (found !== undefined) return found;
  const compiled = RE2JS.compile(pattern);
  const regex: Regex = {
    test: (text) => compiled.test(text),
    findAll(text, most) {
      const matcher = compiled.matcher(text);
      const matches: string[] = [];
      let end = -1;
      while (matches.length < most && matcher.find()) {
        // As in Go, an empty match right behind another one is none.
        if (matcher.end() === matcher.start() && matcher.start() === end) continue;
        matches.push(matcher.group() ?? '');
        end = matcher.end();
      }
      return matches;
    },
  };
  if (known.size >= mostKnown) known.clear();
  known.set(pattern, regex);
  return regex;
}
