import type { Environment } from '@marcbachmann/cel-js';

interface Parts {
  scheme: string;
  host: string;
  /** As it is written, with what must be escaped escaped. */
  path: string;
  query: string;
}

const badEscape = /%(?![\dA-Fa-f]{2}).{0,2}/s;
/** What Go leaves as it is in a path. */
const unescaped = /[^\w\-.~!$&'()*+,;=:@/%[\]]+/g;

/** Go's `url.ParseRequestURI`: absolute, or a path from the root. Why it is none, in Go's words, or its parts. */
function parse(text: string): Parts | string {
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'net/url: invalid control character in URL';
  if (text === '') return 'empty url';
  const [, scheme = '', rest = ''] = /^(?:([A-Za-z][\w+.-]*):)?(.*)$/s.exec(text) ?? [];
  const [, before = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(rest.replace(/#.*$/s, '')) ?? [];
  if (text === '*') return { scheme: '', host: '', path: '*', query: '' };
  if (!before.startsWith('/'))
    return scheme === '' ? 'invalid URI for request' : { scheme: scheme.toLowerCase(), host: '', path: '', query };
  const authority = /^\/\/([^/]*)/.exec(before);
  const host = (authority?.[1] ?? '').replace(/^.*@/s, '');
  const path = authority === null ? before : before.slice(authority[0].length);
  const wrong = hostFault(host) ?? escapeFault(host) ?? escapeFault(path);
  return (
    wrong ?? { scheme: scheme.toLowerCase(), host: host.replace(/%25/, '%'), path: path.replace(unescaped, encodeURIComponent), query }
  );
}

function escapeFault(path: string): string | undefined {
  const bad = badEscape.exec(path)?.[0];
  return bad === undefined ? undefined : `invalid URL escape ${JSON.stringify(bad)}`;
}

function hostFault(host: string): string | undefined {
  const [, name = host, after = ''] = /^(\[.*\])(.*)$/s.exec(host) ?? /^([^:]*)(.*)$/s.exec(host) ?? [];
  if (host.startsWith('[') && !name.endsWith(']')) return "missing ']' in host";
  if (after !== '' && !/^:\d*$/.test(after)) return `invalid port ${JSON.stringify(after)} after host`;
  const sequence = name.startsWith('[') ? undefined : /%[\dA-Fa-f]{2}/.exec(name)?.[0];
  // Beyond ASCII a host may have escapes.
  if (sequence !== undefined && Number.parseInt(sequence.slice(1), 16) < 128) return `invalid URL escape ${JSON.stringify(sequence)}`;
  const character = /[ "\\^`{|}]/.exec(name)?.[0];
  return character === undefined ? undefined : `invalid character ${JSON.stringify(character)} in host name`;
}

/** Without port and brackets. */
const hostname = (host: string): string => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/s, '$1');

/** A URL in CEL; compares by its text. */
class CelUrl {
  readonly text: string;
  readonly parts: Parts;
  constructor(text: string) {
    const parts = parse(text);
    if (typeof parts === 'string')
      throw new TypeError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: ${parts}`);
    this.text = text;
    this.parts = parts;
  }
  equals({ text }: CelUrl): boolean {
    return this.text === text;
  }
}

const type = 'kubernetes.URL';

/** What has wrong escapes is left out, as is what has a semicolon. */
function query({ parts }: CelUrl): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const sound = parts.query.split('&').filter((pair) => !badEscape.test(pair) && !pair.includes(';'));
  for (const [key, value] of new URLSearchParams(sound.join('&'))) values.set(key, [...(values.get(key) ?? []), value]);
  return values;
}

/** Kubernetes' URL library. */
export function registerUrls(environment: Environment): void {
  environment
    .registerType(type, { ctor: CelUrl, fields: {} })
    .registerFunction(`url(string): ${type}`, (text: string) => new CelUrl(text))
    .registerFunction('isURL(string): bool', (text: string) => typeof parse(text) !== 'string')
    .registerFunction(`${type}.getScheme(): string`, ({ parts }: CelUrl) => parts.scheme)
    .registerFunction(`${type}.getHost(): string`, ({ parts }: CelUrl) => parts.host)
    .registerFunction(`${type}.getHostname(): string`, ({ parts }: CelUrl) => hostname(parts.host))
    .registerFunction(`${type}.getPort(): string`, ({ parts }: CelUrl) => /:(\d+)$/.exec(parts.host)?.[1] ?? '')
    .registerFunction(`${type}.getEscapedPath(): string`, ({ parts }: CelUrl) => parts.path)
    .registerFunction(`${type}.getQuery(): map<string, list<string>>`, query)
    .registerOperator(`${type} == ${type}`, (a: CelUrl, b: CelUrl) => a.equals(b));
}
