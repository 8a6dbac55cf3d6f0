import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { type ProxiedAt, rewriteHtml, rewriteLink, rewritingHtml } from '../../../src/apiserver/proxy/links.ts';

const at: ProxiedAt = { prefix: '/proxy', host: '10.244.0.7:80', askedHost: 'localhost:8001' };

describe('a link behind a proxy', () => {
  test.each([
    ['of the server', '/a/b?c=d', '/proxy/a/b?c=d'],
    ['with a slash at its end', '/a/', '/proxy/a/'],
    ['that names the server itself', 'http://10.244.0.7:80/a', '/proxy/a'],
    ['that names the host which was asked', 'http://localhost:8001/a', 'http://localhost:8001/proxy/a'],
    ['that leads through the proxy already', '/proxy/a', '/proxy/a'],
    ['that is relative', 'a/b', 'a/b'],
    ['to another host', 'https://example.com/a', 'https://example.com/a'],
    ['to another host by its scheme', '//example.com/a', '//example.com/a'],
    ['of another kind', 'mailto:/a', 'mailto:/a'],
  ])('%s', (_name, link, want) => {
    expect(rewriteLink(link, at)).toBe(want);
  });
});

describe('a page behind a proxy', () => {
  test.each([
    ['links', '<a class="x" href="/a">/a</a>', '<a class="x" href="/proxy/a">/a</a>'],
    ['without quotes, with single ones, in capitals', `<IMG SRC=/a><form action='/b'>`, `<IMG SRC=/proxy/a><form action='/proxy/b'>`],
    ['attributes that are no links', '<a title="/a"><div href="/b">', '<a title="/a"><div href="/b">'],
    ['comments', '<!-- <a href="/a"> --><a href="/b">', '<!-- <a href="/a"> --><a href="/proxy/b">'],
    [
      'scripts: the address, not what is in them',
      `<script src="/a.js">let x = '<a href="/b">'</script>`,
      `<script src="/proxy/a.js">let x = '<a href="/b">'</script>`,
    ],
    ['a greater-than sign in an attribute', '<a title="a>b" href="/a">', '<a title="a>b" href="/proxy/a">'],
    ['what is no tag', 'a < b and </a>', 'a < b and </a>'],
  ])('%s', (_name, html, want) => {
    expect(rewriteHtml(html, at)).toBe(want);
  });

  test('in pieces comes out as in one', async () => {
    const html = '<html><!-- <a href="/no"> --><script>"<a href=\'/no\'>"</script><a href="/é">x</a><a href="/end"';
    const bytes = [...Buffer.from(html)].map((byte) => Buffer.from([byte]));
    const page = await text(Readable.from(bytes).pipe(rewritingHtml(at)));
    expect(page).toBe(html.replace('/é', '/proxy/é'));
  });
});
