import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import xterm from '@xterm/headless';
import { startProgram } from './running.ts';

export interface Size {
  width: number;
  height: number;
}

/** What a terminal of that size shows of the bytes that a program has written to it. */
export function virtualTerminal({ width, height }: Size) {
  const terminal = new xterm.Terminal({ cols: width, rows: height, allowProposedApi: true });
  let written = '';
  let drawn = Promise.resolve();
  return {
    write(data: string | Buffer): void {
      written += data.toString();
      drawn = new Promise((resolve) => terminal.write(data, resolve));
    },
    /** Everything that was written, escape sequences and all. */
    get raw(): string {
      return written;
    },
    async lines(): Promise<string[]> {
      await drawn;
      const { active } = terminal.buffer;
      return Array.from({ length: terminal.rows }, (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '');
    },
    async text(): Promise<string> {
      return (await this.lines()).join('\n');
    },
    get alternate(): boolean {
      return terminal.buffer.active.type === 'alternate';
    },
    resize: (size: Size): void => terminal.resize(size.width, size.height),
  };
}

/** A stdout and a stdin that ink takes for a terminal's, in this process. */
export function fakeTerminal(size: Size) {
  const screen = virtualTerminal(size);
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  });
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: size.width,
    rows: size.height,
    writable: true,
    // As a terminal does with what programs write: a newline goes to the start of the next line.
    write(data: string, ...rest: unknown[]): boolean {
      screen.write(data.replaceAll(/\r?\n/g, '\r\n'));
      const done = rest.at(-1);
      if (typeof done === 'function') done();
      return true;
    },
  });
  return {
    screen,
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    press: (keys: string): void => void stdin.write(keys),
    resize(to: Size): void {
      screen.resize(to);
      Object.assign(stdout, { columns: to.width, rows: to.height });
      stdout.emit('resize');
    },
  };
}

/** A program in a pseudo terminal (util-linux' script makes it), and the screen that its user would see. */
export function startInTerminal(command: string, { width, height }: Size, env: Record<string, string>) {
  const screen = virtualTerminal({ width, height });
  const size = `stty cols ${width} rows ${height}`;
  const program = startProgram(
    'script',
    ['-qefc', `${size}; ${command}`, '/dev/null'],
    { ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
    (chunk) => screen.write(chunk),
  );
  return { screen, press: program.write, exit: program.exit, program };
}
