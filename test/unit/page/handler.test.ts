import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { createPageHandler, type PageOptions } from '../../../src/view/page/handler.ts';
import type { Picture } from '../../../src/view/picture.ts';
import { pictureOf } from '../../../src/view/picture-of.ts';

const empty = pictureOf({ nodes: [], pods: [] });
const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

async function start(more: Partial<PageOptions> = {}) {
  const listeners = new Set<(picture: Picture) => void>();
  const handler = createPageHandler({
    cluster: 'room',
    assets: async () => ({ html: '<p>', css: 'p{}', js: '1' }),
    subscribe(listener) {
      listeners.add(listener);
      listener(empty);
      return () => void listeners.delete(listener);
    },
    clock: virtualClock(),
    ...more,
  });
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string; end(): void }>((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { host: 'shoal.localhost', ...headers } }, (response) => {
        let text = '';
        const done = (): void =>
          resolve({ status: response.statusCode, headers: response.headers, text, end: () => void outgoing.destroy() });
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.includes('event: picture')) done();
        });
        response.on('end', done);
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  return { ask, listeners };
}

describe('the page handler', () => {
  it('sends the page with a policy that lets nothing in from elsewhere', async () => {
    const { ask } = await start();
    const { status, headers, text } = await ask('/');
    expect([status, text]).toEqual([200, '<p>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/page.js')).headers['content-type']).toContain('text/javascript');
    expect((await ask('/else')).status).toBe(404);
  });

  const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const rows: [string, Record<string, string>, number][] = [
    ['a person who typed the address', { ...navigation, 'sec-fetch-site': 'none' }, 200],
    ['a link on another page', { ...navigation, 'sec-fetch-site': 'cross-site' }, 200],
    ['the page itself', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, 200],
    ['curl', {}, 200],
    ['a script of a service of the cluster', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }, 403],
    ['a script tag of another page', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }, 403],
    ['a frame', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
    ['an origin of its own', { origin: 'http://shoal.localhost' }, 200],
    ['a foreign origin', { origin: 'http://evil.example' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
  ];
  it.each(rows)('%s', async (_, headers, status) => {
    const { ask } = await start();
    expect((await ask('/', headers)).status).toBe(status);
  });

  it('only reads', async () => {
    const { ask } = await start();
    expect((await ask('/', {}, 'POST')).status).toBe(405);
    expect(await ask('/', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
  });

  it('greets, sends the picture there is, and forgets who has left', async () => {
    const { ask, listeners } = await start({ past: { oldest: async () => 7, at: async () => empty } });
    const { text, end } = await ask('/events');
    expect(text).toContain('"cluster":"room"');
    expect(text).toContain('"oldest":7');
    expect(text).toContain(`event: picture\ndata: ${JSON.stringify(empty)}`);
    expect(listeners.size).toBe(1);
    end();
    await expect.poll(() => listeners.size).toBe(0);
  });

  it('shows the past where it is kept', async () => {
    const past = {
      oldest: async () => 7,
      at: async (time: number) => {
        if (time < 7) throw new Error('history is kept from 7 on');
        return empty;
      },
    };
    const { ask } = await start({ past });
    expect(JSON.parse((await ask('/at?time=9')).text)).toEqual(empty);
    expect(await ask('/at?time=5')).toMatchObject({ status: 410, text: 'history is kept from 7 on\n' });
    expect((await ask('/at?time=x')).status).toBe(400);
    expect((await (await start()).ask('/at?time=9')).status).toBe(404);
  });
});
