import { lexer, type Token } from 'marked';
import { type Line, line, printable, type Span, type Style, span, widthOf } from '../../../view/text/spans.ts';

/** Markdown as lines of at most `width` columns: headings, paragraphs, lists and code, which is all that lessons use. */
export function markdownLines(text: string, width: number): Line[] {
  const lines = lexer(text).flatMap((token) => block(token, width));
  while (lines.length > 0 && lines.at(-1)?.length === 0) lines.pop();
  return lines;
}

function block(token: Token, width: number): Line[] {
  switch (token.type) {
    case 'heading':
      return [...wrap(inline(token.tokens ?? [], 'strong'), width), []];
    case 'paragraph':
      return [...wrap(inline(token.tokens ?? [], 'plain'), width), []];
    case 'code':
      return [
        ...String(token['text'])
          .split('\n')
          .map((each) => line(`  ${printable(each).trimEnd() === '' ? '' : printableCode(each)}`, 'accent')),
        [],
      ];
    case 'list':
      return [...(token['items'] as { tokens: Token[] }[]).flatMap((item) => bullet(item.tokens, width)), []];
    default:
      return [];
  }
}

/** Indentation means something in code: `printable` would fold it. */
const printableCode = (text: string): string => `${/^ */.exec(text)?.[0] ?? ''}${printable(text.trimStart())}`;

const bullet = (tokens: readonly Token[], width: number): Line[] =>
  wrap(
    tokens.flatMap((token) => inline('tokens' in token ? (token.tokens ?? []) : [token], 'plain')),
    width - 2,
  ).map((each, index) => [span(index === 0 ? '• ' : '  '), ...each]);

function inline(tokens: readonly Token[], style: Style): Span[] {
  return tokens.flatMap((token): Span[] => {
    if (token.type === 'codespan') return [span(unescaped(String(token['text'])), 'accent')];
    if (token.type === 'strong') return inline(token.tokens ?? [], 'strong');
    if ('tokens' in token && token.tokens !== undefined) return inline(token.tokens, style);
    return [span(unescaped('text' in token ? String(token['text']) : token.raw), style)];
  });
}

/** marked writes for HTML. */
const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name] ?? '');

/** Breaks between words, whatever their styles; a word that is wider than the line stands alone and is cut by who draws it. */
export function wrap(spans: readonly Span[], width: number): Line[] {
  const lines: Span[][] = [[]];
  for (const { text, style } of spans) {
    for (const word of text.split(/(\s+)/)) {
      if (word === '') continue;
      const current = lines.at(-1) ?? [];
      const blank = /^\s+$/.test(word);
      if (blank && current.length === 0) continue;
      if (!blank && current.length > 0 && widthOf(current) + word.length > width) lines.push([span(printable(word), style)]);
      else current.push(span(printable(word), style));
    }
  }
  return lines.filter((each) => each.length > 0);
}
