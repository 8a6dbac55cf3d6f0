import type { Terminal } from '../client/pod-exec.ts';

/** The user's terminal, every key passed on as it comes, until `close`. */
export function rawTerminal(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Terminal & { close(): void } {
  const wasRaw = stdin.isRaw;
  stdin.setRawMode(true);
  return {
    onInput(listener) {
      // As ink reads: a stream that has flowed once loses keys, or stops for good, when it changes hands.
      const pass = (): void => {
        for (let data: Buffer | string | null = stdin.read(); data !== null; data = stdin.read()) listener(Buffer.from(data));
      };
      stdin.on('readable', pass);
      return () => void stdin.off('readable', pass);
    },
    write: (data) => void stdout.write(data),
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    onResize(listener) {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    close() {
      stdin.setRawMode(wasRaw);
    },
  };
}
