import { Transform } from 'node:stream';

/** Where an answer came through, for turning its own links into links that lead back through the proxy. */
export interface ProxiedAt {
  /** The path of the proxy itself: what goes before the proxied server's own paths. */
  prefix: string;
  /** Host and port of the proxied server. */
  host: string;
  /** What the caller asked for in the Host header, by which the proxied server may name itself as well. */
  askedHost?: string;
}

/** A link as it has to be behind the proxy; relative ones and those to other hosts stay (upstream: proxy.Transport's rewriteURL). */
export function rewriteLink(link: string, { prefix, host, askedHost }: ProxiedAt): string {
  const [, origin, named, path = ''] = /^((?:https?:)?\/\/([^/?#]*))?(.*)$/is.exec(link) ?? [];
  if ((named !== undefined && named !== host && named !== askedHost) || !path.startsWith('/')) return link;
  const behind = path.startsWith(prefix) ? path : `${prefix}${path}`;
  return named === undefined || named === host ? behind : `${origin}${behind}`;
}

/** Attributes that hold links, by element: upstream's `atomsToAttrs`. */
const linkAttributes: Record<string, readonly string[]> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['archive', 'classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** A start tag, or a comment, or the start of an element whose content is no markup (up to its end tag). */
const token =
  /<!--[\s\S]*?-->|<(script|style|textarea|title)\b((?:"[^"]*"|'[^']*'|[^'">])*)>([\s\S]*?<\/\1\s*>)|<(?!(?:script|style|textarea|title)\b)([a-z][a-z0-9-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/gi;
const attribute = /([^\s=/>]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s>]+)/g;

function rewriteAttributes(name: string, attributes: string, at: ProxiedAt): string {
  const links = linkAttributes[name.toLowerCase()];
  if (links === undefined) return attributes;
  return attributes.replace(attribute, (whole, key: string, equals: string, value: string) => {
    if (!links.includes(key.toLowerCase())) return whole;
    const quote = /^["']/.test(value) ? value.charAt(0) : '';
    return `${key}${equals}${quote}${rewriteLink(quote === '' ? value : value.slice(1, -1), at)}${quote}`;
  });
}

/** Rewrites the links of whole tags; what is not one stays as it is, byte for byte. */
export const rewriteHtml = (html: string, at: ProxiedAt): string =>
  html.replace(token, (whole, raw?: string, rawAttributes = '', content = '', name?: string, attributes = '') => {
    if (raw !== undefined) return `<${raw}${rewriteAttributes(raw, rawAttributes, at)}>${content}`;
    return name === undefined ? whole : `<${name}${rewriteAttributes(name, attributes, at)}>`;
  });

/** Text up to where a tag, a comment or such an element may still be open. */
function completeLength(text: string): number {
  const rest = text.replace(token, (whole) => ' '.repeat(whole.length));
  const open = /<!--|<(?:script|style|textarea|title)\b|<[^>]*$/i.exec(rest);
  return open === null ? text.length : open.index;
}

/** Longer than this nothing is held back: what it is, it is no page with a tag that long. */
const longestTag = 1 << 20;

/** {@link rewriteHtml} for an answer that comes in pieces. Bytes stay bytes: markup is ASCII in whatever encoding pages come. */
export function rewritingHtml(at: ProxiedAt): Transform {
  let held = '';
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held += chunk.toString('latin1');
      const length = held.length > longestTag ? held.length : completeLength(held);
      const ready = held.slice(0, length);
      held = held.slice(length);
      done(null, Buffer.from(rewriteHtml(ready, at), 'latin1'));
    },
    flush(done) {
      done(null, Buffer.from(rewriteHtml(held, at), 'latin1'));
    },
  });
}
