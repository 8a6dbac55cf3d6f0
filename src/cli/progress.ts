import type { StepEvent } from '../cluster/run-steps.ts';
import type { CliContext, GlobalOptions } from './context.ts';

/** Where a long command says what it does: live on a terminal, plain lines in a pipe, nothing with --quiet. */
export interface Progress {
  step(event: StepEvent): void;
  note(text: string): void;
  /** Leaves the screen as the user should find it; to be called once, before results are printed. */
  close(): Promise<void>;
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '' : ` (${(ms / 1000).toFixed(1)}s)`);

export function plainProgress(stderr: CliContext['stderr']): Progress {
  return {
    step({ label, state, ms, detail }) {
      if (state === 'done') stderr.write(`✓ ${label}${seconds(ms)}\n`);
      else if (state === 'failed') stderr.write(`✗ ${label}${detail === undefined ? '' : `: ${detail}`}\n`);
      else if (state === 'undone') stderr.write(`↩ undone: ${label}\n`);
    },
    note: (text) => void stderr.write(`${text}\n`),
    close: async () => undefined,
  };
}

export const silentProgress: Progress = { step: () => undefined, note: () => undefined, close: async () => undefined };

export async function createProgress(cli: CliContext, options: GlobalOptions): Promise<Progress> {
  if (options.quiet === true) return silentProgress;
  const live = cli.stderr.isTTY === true && cli.env['TERM'] !== 'dumb' && options.verbose !== true;
  if (!live) return plainProgress(cli.stderr);
  // ink and react are loaded only where there is a screen to draw on.
  const { liveProgress } = await import('./screens/live-progress.ts');
  return liveProgress(cli.clock);
}
