import type { Environment } from '@marcbachmann/cel-js';

/** Go's `url.ParseRequestURI`: absolute, or a path from the root. */
function parse(text: string): URL | undefined {
  if (text.startsWith('/')) return URL.canParse(text, 'path://') ? new URL(text, 'path://') : undefined;
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** A URL in CEL; compares by its text. */
class CelUrl {
  readonly text: string;
  readonly url: URL;
  constructor(text: string) {
    const url = parse(text);
    if (url === undefined)
      throw new TypeError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
    this.text = text;
    this.url = url;
  }
  equals({ text }: CelUrl): boolean {
    return this.text === text;
  }
}

const type = 'kubernetes.URL';

function query({ url }: CelUrl): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [key, value] of url.searchParams) values.set(key, [...(values.get(key) ?? []), value]);
  return values;
}

/** Kubernetes' URL library. */
export function registerUrls(environment: Environment): void {
  environment
    .registerType(type, { ctor: CelUrl, fields: {} })
    .registerFunction(`url(string): ${type}`, (text: string) => new CelUrl(text))
    .registerFunction('isURL(string): bool', (text: string) => parse(text) !== undefined)
    .registerFunction(`${type}.getScheme(): string`, ({ url }: CelUrl) => (url.protocol === 'path:' ? '' : url.protocol.slice(0, -1)))
    .registerFunction(`${type}.getHost(): string`, ({ text }: CelUrl) => /^[^/]*\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? '')
    .registerFunction(`${type}.getHostname(): string`, ({ url }: CelUrl) => url.hostname.replace(/^\[|\]$/g, ''))
    .registerFunction(`${type}.getPort(): string`, ({ text }: CelUrl) => /^[^/]*\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(text)?.[1] ?? '')
    .registerFunction(`${type}.getEscapedPath(): string`, ({ text, url }: CelUrl) =>
      url.pathname === '/' && !/^[^/]*(?:\/\/[^/?#]*)?\//.test(text) ? '' : url.pathname,
    )
    .registerFunction(`${type}.getQuery(): map<string, list<string>>`, query)
    .registerOperator(`${type} == ${type}`, (a: CelUrl, b: CelUrl) => a.equals(b));
}
