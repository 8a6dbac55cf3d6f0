import { spawn } from 'node:child_process';

/** A program that runs while a test goes on. Disposing it ends it. */
export interface Running extends AsyncDisposable {
  /** What it has written to both outputs so far. */
  readonly output: string;
  /** Resolves when the output matches; rejects when the program ends or 30 s pass without. */
  until(pattern: RegExp): Promise<RegExpMatchArray>;
  write(text: string): void;
  endInput(): void;
  /** The exit code; null when it was ended. */
  exit: Promise<number | null>;
}

/** `onData` is given each piece of output as it comes. */
export function startProgram(
  program: string,
  args: string[],
  env: Record<string, string> = {},
  onData: (chunk: Buffer) => void = () => undefined,
): Running {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  const listeners = new Set<() => void>();
  const add = (chunk: Buffer): void => {
    output += chunk.toString('utf8');
    onData(chunk);
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  child.stdin.on('error', () => undefined);
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return {
    get output() {
      return output;
    },
    until(pattern) {
      const found = new Promise<RegExpMatchArray>((resolve) => {
        const look = (): void => {
          const match = output.match(pattern);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
      });
      const late = AbortSignal.timeout(30_000);
      const fail = (why: string): Error => new Error(`${program} ${args.join(' ')} ${why} without ${pattern}:\n${output}`);
      const ended = exit.then(() => {
        const match = output.match(pattern);
        if (match === null) throw fail('ended');
        return match;
      });
      const timeout = new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(fail('went on for 30 s'))));
      return Promise.race([found, ended, timeout]);
    },
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
