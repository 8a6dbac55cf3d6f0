import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startGateway } from '../../../src/gateway/gateway.ts';
import { clusterPage } from '../../../src/roles/cluster-page.ts';
import { systemClock as clock } from '../../../src/util/clock.ts';
import { silentLogger as log } from '../../../src/util/log.ts';
import { startBrowser } from '../../support/browser.ts';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

let cluster: InProcessCluster;
let browser: Browser;
let gateway: Awaited<ReturnType<typeof serve>>;

const serve = async (port: number) => {
  const stop = new AbortController();
  const { informers } = cluster.plane;
  const common = { clock, signal: stop.signal };
  const started = await startGateway({
    informers,
    host: '127.0.0.1',
    port,
    clusterPage: clusterPage('room', cluster.plane, common),
    log,
    ...common,
  });
  return {
    port: started.port,
    url: `http://shoal.localhost:${started.port}/`,
    async stop() {
      stop.abort();
      await started.close();
    },
  };
};

beforeAll(async () => {
  [cluster, browser] = await Promise.all([inProcessCluster({ nodes: 3, timeline: {} }), startBrowser()]);
  gateway = await serve(0);
  await cluster.kubectl('create deployment web --image=web:v1 --replicas=3');
  await cluster.kubectl('expose deployment web --port=80');
  await cluster.kubectl('rollout status deployment/web');
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await cluster?.stop();
});

const opened: Page[] = [];
afterEach(async () => {
  for (const page of opened.splice(0)) await page.context().close();
});

/** The page as somebody sees it; what it complains of on the console fails the test, except for what `expected` matches. */
async function open(options: BrowserContextOptions = {}, expected?: RegExp): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  opened.push(page);
  const complain = (text: string): void => {
    if (expected?.test(text) !== true) complaints.push(text);
  };
  page.on('console', (message) => (message.type() === 'error' || message.type() === 'warning') && complain(message.text()));
  page.on('pageerror', (error) => complain(error.message));
  await page.goto(gateway.url);
  await page.locator('[data-pod]').first().waitFor();
  return page;
}
const complaints: string[] = [];
afterEach(() => expect(complaints.splice(0)).toEqual([]));

const pods = (page: Page) => page.locator('.node [data-pod]');
const scale = (replicas: number) => cluster.kubectl(`scale deployment web --replicas=${replicas}`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** By way of the debugger's protocol: the page's own policy lets no foreign script in. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate<AxeResults>('axe.run()');
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

describe('the page of shoal open', () => {
  test('shows nodes, pods and services, and pods that come and go', async () => {
    const page = await open();
    await expect.poll(() => pods(page).count()).toBe(3);
    expect(await page.title()).toBe('room – Shoal');
    expect(await page.getByRole('region', { name: /^Node node-/ }).count()).toBe(3);
    await scale(5);
    await expect.poll(() => pods(page).count()).toBe(5);
    await expect.poll(() => page.locator('.counts').innerText()).toContain('5 ready');
    await expect.poll(() => page.locator('.service').innerText()).toContain('5 of 5 pods ready');
    // Service → pods → nodes: a line to each pod.
    await expect.poll(() => page.locator('.link.ready').count()).toBe(5);
    await scale(3);
    await expect.poll(() => pods(page).count()).toBe(3);
    await expect.poll(() => page.locator('.events').innerText()).toContain('ScalingReplicaSet');
  });

  test('shows a pod without a node apart, with what the scheduler says', async () => {
    await cluster.kubectl(
      `run big --image=big --overrides={"spec":{"containers":[{"name":"big","image":"big","resources":{"requests":{"cpu":"99"}}}]}}`,
    );
    const page = await open();
    const pending = page.getByRole('region', { name: /^Pending: 1 pods/ });
    await pending.getByRole('button').click();
    await expect.poll(() => page.getByRole('complementary').innerText()).toContain('Insufficient cpu');
    await cluster.kubectl('delete pod big --now');
    await expect.poll(() => pending.count()).toBe(0);
  });

  test('is walked through with the keyboard', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the cluster');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toContain('web');
    // A whole node is one stop; within it arrows lead on.
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('node-0');
    const crowded = page
      .locator('.node')
      .filter({ has: page.locator('[data-pod]') })
      .first();
    await crowded.locator('[data-pod]').first().focus();
    await page.keyboard.press('Enter');
    const details = page.getByRole('complementary');
    await expect.poll(() => details.innerText()).toContain('Running');
    expect(await page.locator('aside:focus').count()).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => details.count()).toBe(0);
    expect(await page.locator(':focus').getAttribute('data-pod')).not.toBeNull();
  });

  test('arrow keys go from pod to pod', async () => {
    await scale(9);
    const page = await open();
    await expect.poll(() => pods(page).count()).toBe(9);
    const node = page.locator('.node').first();
    const inNode = await Promise.all((await node.locator('[data-pod]').all()).map((each) => each.getAttribute('data-pod')));
    await node.locator('[data-pod]').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator(':focus').getAttribute('data-pod')).toBe(inNode[1]);
    await page.keyboard.press('End');
    expect(await page.locator(':focus').getAttribute('data-pod')).toBe(inNode.at(-1));
    await scale(3);
  });

  test('narrows to a namespace and to a name', async () => {
    await cluster.kubectl('create namespace shop');
    await cluster.kubectl('-n shop run till --image=till');
    const page = await open();
    await expect.poll(() => pods(page).count()).toBe(4);
    await page.getByLabel('Namespace').selectOption('shop');
    await expect.poll(() => pods(page).allInnerTexts()).toEqual([expect.stringContaining('till')]);
    await page.getByLabel('Namespace').selectOption('');
    await page.getByLabel('Name', { exact: true }).fill('web');
    await expect.poll(() => pods(page).count()).toBe(3);
    await cluster.kubectl('delete namespace shop');
  });

  test.each(['light', 'dark'] as const)(
    'has nothing for axe to complain of: %s, as a diagram, with details, as tables',
    async (colorScheme) => {
      const page = await open({ colorScheme });
      const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(ground).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 29)' : 'rgb(246, 248, 250)');
      expect(await violations(page)).toEqual([]);
      await page.locator('.service').click();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Tables' }).click();
      await page.getByRole('table').first().waitFor();
      expect(await page.getByRole('table').count()).toBe(4);
      expect(await violations(page)).toEqual([]);
    },
  );

  test('fits a phone', async () => {
    const page = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    await page.locator('[data-pod]').first().tap();
    await page.getByRole('button', { name: 'Close' }).tap();
    expect(await violations(page)).toEqual([]);
  });

  test('goes back in time and to now again', async () => {
    const page = await open();
    await expect.poll(() => pods(page).count()).toBe(3);
    const before = Date.now();
    await scale(6);
    await expect.poll(() => pods(page).count()).toBe(6);
    await page.evaluate(
      `(() => { const slider = document.querySelector('input[type=range]'); slider.value = '${before}'; slider.dispatchEvent(new Event('input', { bubbles: true })); })()`,
    );
    await expect.poll(() => pods(page).count()).toBe(3);
    expect(await page.locator('.state').innerText()).toContain('◷');
    await page.getByRole('button', { name: 'Back to now' }).click();
    await expect.poll(() => pods(page).count()).toBe(6);
    await scale(3);
  });

  test('connects again after the server was away, and says so meanwhile', async () => {
    const page = await open({}, /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
    await gateway.stop();
    await expect.poll(() => page.locator('.state').innerText()).toContain('reconnecting');
    await scale(4);
    gateway = await serve(gateway.port);
    await expect.poll(() => page.locator('.state').innerText()).toContain('live');
    await expect.poll(() => pods(page).count()).toBe(4);
    await scale(3);
  });

  test('tells a screen reader what has changed', async () => {
    const page = await open();
    const status = page.getByRole('status');
    await scale(5);
    await expect.poll(() => status.innerText()).toContain('2 new pods.');
    await scale(3);
  });
});

describe('what others can have of it', () => {
  test('a page of another origin, one of the cluster itself included, reads nothing', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://localhost:${gateway.port}/`);
    const read = (path: string): Promise<string> =>
      page.evaluate(`fetch('${gateway.url}${path}').then((answer) => answer.text(), (error) => 'refused ' + error.message)`);
    expect(await read('events')).toContain('refused');
    expect(await read('at?time=1')).toContain('refused');
    const framed = await page.evaluate<string>(
      `new Promise((resolve) => { const frame = document.createElement('iframe'); frame.onload = () => { try { resolve(frame.contentDocument ? 'open' : 'closed'); } catch { resolve('closed'); } }; frame.src = '${gateway.url}'; document.body.append(frame); })`,
    );
    expect(framed).toBe('closed');
    await context.close();
  });
});
