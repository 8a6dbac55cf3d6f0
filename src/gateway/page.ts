const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export interface Page {
  title: string;
  /** Plain sentences, one paragraph each. */
  lines: string[];
  links?: { href: string; text: string; note: string }[];
  /** Commands worth trying. */
  commands?: string[];
}

/** A small page that needs nothing from anywhere; programs that ask for text get text. */
export function render(page: Page, accept: string | undefined): { type: string; body: string } {
  if (accept === undefined || !accept.includes('text/html')) {
    const links = (page.links ?? []).map((link) => `  ${link.href}  ${link.note}`);
    const commands = (page.commands ?? []).map((command) => `  ${command}`);
    return { type: 'text/plain; charset=utf-8', body: `${[page.title, '', ...page.lines, ...links, ...commands].join('\n')}\n` };
  }
  const links = (page.links ?? []).map(
    (link) => `<li><a href="${escapeHtml(link.href)}">${escapeHtml(link.text)}</a> <small>${escapeHtml(link.note)}</small></li>`,
  );
  const commands = (page.commands ?? []).map((command) => `<pre>${escapeHtml(command)}</pre>`);
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(page.title)}</title><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:10vh auto;padding:0 1rem}
h1{font-size:1.4rem}pre{padding:.6rem .8rem;border:1px solid;border-radius:.4rem;overflow:auto}small{opacity:.75}</style></head>
<body><main><h1>${escapeHtml(page.title)}</h1>${page.lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}${
    links.length > 0 ? `<ul>${links.join('')}</ul>` : ''
  }${commands.join('')}</main></body></html>\n`;
  return { type: 'text/html; charset=utf-8', body };
}
