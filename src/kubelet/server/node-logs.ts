import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** `GET /logs/<path>`: the files below the node's log directory, and lists of its directories as Go's file server has them. */
export async function serveNodeLogs(root: string, path: string, response: ServerResponse): Promise<void> {
  const missing = (): void => void response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
  const own = await realpath(root).catch(() => undefined);
  const found = await realpath(join(root, decodeURIComponent(path.replace(/^\/logs/, '')))).catch(() => undefined);
  if (own === undefined || found === undefined || (found !== own && !found.startsWith(own + sep))) return missing();
  const facts = await stat(found);
  if (facts.isFile()) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'content-length': facts.size });
    await pipeline(createReadStream(found, { end: Math.max(0, facts.size - 1) }), response).catch(() => response.destroy());
    return;
  }
  if (!facts.isDirectory()) return missing();
  const entries = (await readdir(found, { withFileTypes: true })).map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`).sort();
  const lines = entries.map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html>\n<pre>\n${lines.join('')}</pre>\n`);
}
