import { expect, it } from 'vitest';
import { openInBrowser } from '../../../src/cli/browser.ts';
import { serviceURL } from '../../../src/cli/commands/dash.ts';
import { clusterPageURL } from '../../../src/cli/commands/open.ts';

it('pages have names at the gateway', () => {
  expect(clusterPageURL('http://localhost:8080')).toBe('http://shoal.localhost:8080/');
  expect(serviceURL('http://localhost:8080', { name: 'web', namespace: 'shop' })).toBe('http://web.shop.localhost:8080/');
});

it('a machine without a screen has no browser', async () => {
  expect(await openInBrowser('http://shoal.localhost/', { PATH: process.env['PATH'] }, 'linux')).toBe(false);
});

it('BROWSER names one; one that is not there is none', async () => {
  const env = { PATH: process.env['PATH'] };
  expect(await openInBrowser('http://shoal.localhost/', { ...env, BROWSER: 'true' }, 'linux')).toBe(true);
  expect(await openInBrowser('http://shoal.localhost/', { ...env, BROWSER: 'no-such-browser' }, 'linux')).toBe(false);
});
