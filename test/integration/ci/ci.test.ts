import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientBinary, execute, type Ran } from '../../support/clients.ts';

const shoal = new URL('../../../bin/shoal', import.meta.url).pathname;
const kubectl = clientBinary('kubectl');

let directory: string;
let env: Record<string, string>;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-test-ci-'));
  // Its temporary folders are counted, so they must be this test's alone.
  env = { XDG_STATE_HOME: join(directory, 'state'), TMPDIR: directory, HOME: directory };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ci = (...args: string[]): Promise<Ran> => execute(shoal, ['ci', '--simulate', '--workers', '1', ...args], { env });
/** Clusters and temporary folders that are there. */
const left = (): string[] => {
  const clusters = join(directory, 'state/shoal/clusters');
  return [...(existsSync(clusters) ? readdirSync(clusters) : []), ...readdirSync(directory).filter((name) => name.startsWith('shoal-ci-'))];
};
const text = (...path: string[]): string => readFileSync(join(directory, ...path), 'utf8');

const failing = `
set -e
test "$(${kubectl} config current-context)" = "shoal-$SHOAL_CLUSTER_NAME"
${kubectl} create secret generic login --from-literal=password=hunter2
${kubectl} apply -f - <<END
{apiVersion: v1, kind: Pod, metadata: {name: big}, spec: {containers: [{name: main, image: any,
  env: [{name: DB_PASSWORD, value: hunter2}], resources: {requests: {cpu: "64"}}}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: well}, spec: {containers: [{name: main, image: any}]}}
END
${kubectl} wait --for=condition=Ready pod/well --timeout=30s
exit 7
`;

describe('shoal ci', () => {
  it('keeps the exit code, documents a failure without what is secret, and leaves nothing behind', async () => {
    const script = join(directory, 'test.sh');
    writeFileSync(script, failing);
    const out = join(directory, 'out');
    const { code, stderr } = await ci('--evidence', out, '--', 'sh', script);
    expect(code, stderr).toBe(7);
    expect(left()).toEqual([]);
    expect(text('out', 'summary.txt')).toMatch(/ended with exit code 7[\s\S]*Pod big is pending/);
    expect(text('out', 'why.txt')).toContain('# Pod default/big\n');
    expect(text('out', 'events.txt')).toMatch(/FailedScheduling {2}Pod default\/big {2}0\/2 nodes are available/);
    expect(text('out', 'timeline.txt')).toContain('Pod big cannot be scheduled');
    expect(text('out', 'logs/default/well/main.log')).toContain('simulated container main started');
    const [machine = ''] = readdirSync(join(out, 'machines'));
    expect(text('out', 'machines', machine)).toContain('API server and gateway answer');
    expect(text('out', 'objects/default/pods.yaml')).toMatch(/kind: Pod[\s\S]*name: DB_PASSWORD\n\s+value: \(redacted, 7 characters\)/);
    expect(text('out', 'objects/default/secrets.yaml')).toContain('password: (redacted, 12 characters)');
    expect(readdirSync(join(out, 'objects/_cluster'))).toContain('nodes.yaml');
    const junit = text('out', 'junit.xml');
    expect(junit).toMatch(/<testsuite name="shoal ci" tests="2" failures="2"/);
    expect(junit).toContain('<testcase name="Pod default/big" classname="shoal.cluster"');
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.filter((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').includes('hunter2'))).toEqual([]);
  });

  it('is quiet about success, and says as a shell how a command ended', async () => {
    expect((await ci('--', 'true')).code).toBe(0);
    const evidence = ['--evidence', join(directory, 'out')];
    expect((await ci(...evidence, '--', 'no-such-command')).code).toBe(127);
    expect((await ci(...evidence, '--', 'sh', '-c', 'kill -KILL $$')).code).toBe(137);
    expect(left()).toEqual([]);
  });

  it('runs side by side', async () => {
    const all = await Promise.all(Array.from({ length: 3 }, () => ci('--', kubectl, 'get', 'nodes', '-o', 'name')));
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(3);
    expect(left()).toEqual([]);
  });

  it('is cleaned up after when it is killed', async () => {
    const marker = join(directory, 'marker');
    const child: ChildProcess = spawn(
      shoal,
      ['ci', '--simulate', '--workers', '0', '--', 'sh', '-c', `echo $$ > ${marker}; exec sleep 600`],
      {
        env: { ...process.env, ...env },
        stdio: 'ignore',
      },
    );
    await expect.poll(() => existsSync(marker) && text('marker') !== '').toBe(true);
    expect(left()).toHaveLength(2);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    process.kill(Number(text('marker')), 'SIGKILL');
    await expect.poll(left).toEqual([]);
  });
});
