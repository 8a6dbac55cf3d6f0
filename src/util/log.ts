/**
 * Logs go to stderr, one line each: time, level, subject, text. Levels: `error` someone must act; `warn` odd but handled;
 * `info` what an operator of the cluster wants to read once; `debug` why a decision was taken.
 */
export const levels = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof levels)[number];

export interface Logger {
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  /** A logger of the same destination for another subject. */
  for(subject: string): Logger;
}

export function createLogger(subject: string, options: { level?: Level; write?: (line: string) => void } = {}): Logger {
  const limit = levels.indexOf(options.level ?? 'info');
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const at = (level: Level) => (text: string) => {
    if (levels.indexOf(level) <= limit) write(`${new Date().toISOString()} ${level.padEnd(5)} ${subject}: ${text}\n`);
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    for: (other) => createLogger(other, options),
  };
}

export const silentLogger: Logger = createLogger('', { write: () => undefined });
