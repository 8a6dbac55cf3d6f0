import { render } from 'ink';
import { createElement } from 'react';
import type { Picture } from '../../../view/picture.ts';
import { App, type AppProps } from './app.ts';
import { commandRunner, type DashTools } from './commands.ts';
import { initialState } from './state.ts';

export interface DashOptions extends DashTools {
  cluster: string;
  pictures: AsyncIterable<Picture>;
  color: boolean;
  stdin: NodeJS.ReadableStream;
  stdout: NodeJS.WriteStream;
}

/** Ages are told in seconds. */
const tickMs = 1000;

/**
 * Shows the screen until the user quits or the signal aborts, and leaves the terminal as it was: ink itself restores it when
 * the process ends by a signal or a crash.
 */
export async function runDash(options: DashOptions): Promise<void> {
  const { cluster, pictures, color, stdin, stdout, clock, signal } = options;
  const run = commandRunner(options);
  const width = (): number => Math.min(100, stdout.columns - 6);
  const props: AppProps = {
    initial: initialState(cluster, { width: stdout.columns, height: stdout.rows }, clock.now()),
    color,
    run: (command, tools) => run(command, { ...tools, width }),
    connect(tell) {
      let timer = clock.after(tickMs, tick, { unref: true });
      function tick(): void {
        tell({ kind: 'tick', now: clock.now() });
        timer = clock.after(tickMs, tick, { unref: true });
      }
      void (async () => {
        for await (const picture of pictures) tell({ kind: 'picture', picture, now: clock.now() });
      })();
      return () => timer.cancel();
    },
  };
  const screen = render(createElement(App, props), {
    stdin,
    stdout,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 20,
  });
  const onAbort = (): void => screen.unmount();
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await screen.waitUntilExit();
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
