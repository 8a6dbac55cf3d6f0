import type { Terminal } from '../client/pod-exec.ts';

/** The user's terminal, every key passed on as it comes, until `close`. */
export function rawTerminal(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Terminal & { close(): void } {
  const wasRaw = stdin.isRaw;
  stdin.setRawMode(true);
  stdin.resume();
  return {
    onInput(listener) {
      const pass = (data: Buffer | string): void => listener(Buffer.from(data));
      stdin.on('data', pass);
      return () => void stdin.off('data', pass);
    },
    write: (data) => void stdout.write(data),
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize(listener) {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    close() {
      stdin.setRawMode(wasRaw);
      stdin.pause();
    },
  };
}
