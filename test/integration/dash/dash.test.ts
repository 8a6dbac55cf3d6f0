import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Picture } from '../../../src/view/picture.ts';
import { execute, kubectlFor } from '../../support/clients.ts';
import { startInTerminal } from '../../support/screen.ts';

const home = mkdtempSync(join(tmpdir(), 'shoal-dash-'));
const kubeconfig = join(home, 'kubeconfig');
/** No engine answers here: simulated clusters must do without. */
const env = { XDG_STATE_HOME: join(home, 'state'), KUBECONFIG: kubeconfig, DOCKER_HOST: `unix://${home}/no-engine.sock` };
const program = join(import.meta.dirname, '../../../bin/shoal');
const kubectl = kubectlFor(kubeconfig);
const file = `
apiVersion: shoal.dev/v1alpha1
kind: Cluster
name: looks
nodes: [{ role: control-plane }, { role: worker }, { role: worker }]
controllers: { nodeMonitorGracePeriod: 2s, nodeMonitorPeriod: 500ms }
`;
const down = '\x1b[B';
const up = '\x1b[A';

const dash = (size = { width: 80, height: 24 }, more: Record<string, string> = {}) =>
  startInTerminal(`${program} dash looks; printf 'ended with %s.' $?`, size, { ...env, ...more });

beforeAll(async () => {
  const { code, stderr } = await execute(program, ['up', '--simulate', '-f', '-'], { env, input: file });
  if (code !== 0) throw new Error(stderr);
  await kubectl('create deployment web --image=web:v1 --replicas=3');
  await kubectl('rollout status deployment/web');
});
afterAll(async () => {
  await execute(program, ['down', 'looks'], { env });
  rmSync(home, { recursive: true });
});

describe('shoal dash on a simulated cluster', () => {
  test('in a pipe prints the picture once, as text and as JSON', async () => {
    const text = await execute(program, ['dash', 'looks'], { env });
    expect(text.stdout).toContain('3 nodes · 3 pods  ● 3 ready');
    expect(text.stdout).toContain('✓ web 3/3 rev 1 Deployment');
    const { stdout } = await execute(program, ['dash', 'looks', '-o', 'json'], { env });
    expect((JSON.parse(stdout) as Picture).workloads).toMatchObject([{ name: 'web', state: 'complete', ready: 3 }]);
  });

  test('scales, deletes and kills with keys, shows what comes of it, and leaves the terminal clean', async () => {
    const { screen, press, exit } = dash();
    await expect.poll(() => screen.text()).toContain('3 nodes · 3 pods  ● 3 ready');
    expect(screen.alternate).toBe(true);
    press('+');
    await expect.poll(() => screen.text()).toContain('● 4 ready');
    press('s');
    await expect.poll(() => screen.text()).toContain('Replicas of web (now 4)');
    press('6');
    press('\r');
    await expect.poll(() => screen.text()).toContain('● 6 ready');
    const before = await kubectl('get pods -o name');
    press('x');
    await expect.poll(() => screen.text()).toContain('Delete pod web-');
    press('f');
    await expect.poll(() => screen.text()).toMatch(/Pod web-\S+ is gone/);
    await expect.poll(() => kubectl('get pods -o name')).not.toBe(before);
    // Simulated pods run no programs, so there is no shell; the screen comes back and says so, and hears keys again.
    press('e');
    await expect.poll(() => screen.raw).toContain('A shell in default/web-');
    await expect.poll(() => screen.alternate).toBe(true);
    await expect.poll(async () => (await screen.lines()).at(-1)).toContain('ended with exit code 126');
    press('?');
    await expect.poll(() => screen.text()).toContain('choose a namespace');
    press('\x1b');
    await expect.poll(() => screen.text()).not.toContain('choose a namespace');
    press(up + up + up + up);
    press('\x1b[C');
    await expect.poll(() => screen.text()).toContain('worker · simulated');
    press('c');
    await expect.poll(() => screen.text()).toContain('! cordoned');
    press('c');
    await expect.poll(() => screen.text()).toContain('takes pods again');
    press('x');
    await expect.poll(() => screen.text()).toContain('as a power cut would? y/n');
    press('y');
    await expect.poll(() => screen.text(), { timeout: 60_000 }).toContain('✗ Unknown');
    press('x');
    press('y');
    await expect.poll(() => screen.text(), { timeout: 60_000 }).toContain('is Ready.');
    press(down);
    press('q');
    expect(await exit).toBe(0);
    expect((await screen.text()).trimEnd()).toMatch(/ended with 0\.$/);
    expect(screen.alternate).toBe(false);
    expect(screen.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(screen.raw.lastIndexOf('\x1b[?25l'));
  }, 180_000);

  test('is drawn without colour where NO_COLOR says so, in a small window too', async () => {
    const { screen, press, exit } = dash({ width: 40, height: 12 }, { NO_COLOR: '1' });
    await expect.poll(() => screen.text()).toContain('3 nodes');
    expect(screen.raw).not.toMatch(/\x1b\[(3[0-7]|9[0-7])m/);
    press('q');
    expect(await exit).toBe(0);
  });

  test('gives the terminal back when it is told to end from outside', async () => {
    const { screen, exit } = startInTerminal(
      `sh -c 'echo $$ >${home}/pid; exec ${program} dash looks'; printf 'ended with %s.' $?`,
      { width: 80, height: 24 },
      env,
    );
    await expect.poll(() => screen.text()).toContain('3 nodes');
    await execute('sh', ['-c', `kill -TERM $(cat ${home}/pid)`]);
    await exit;
    expect(await screen.text()).toContain('ended with 0.');
    expect(screen.alternate).toBe(false);
    expect(screen.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(screen.raw.lastIndexOf('\x1b[?25l'));
  });

  test('says that a stopped cluster is stopped', async () => {
    await execute(program, ['stop', 'looks'], { env });
    const { code, stderr } = await execute(program, ['dash', 'looks'], { env });
    expect([code, stderr]).toEqual([5, expect.stringContaining('CLUSTER_NOT_RUNNING')]);
  });
});
