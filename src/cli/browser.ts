import { spawn } from 'node:child_process';

/** Where browsers are found: macOS, Windows, and everywhere else the freedesktop way. */
const openers: Partial<Record<NodeJS.Platform, [string, string[]]>> = { darwin: ['open', []], win32: ['cmd', ['/c', 'start', '']] };

/** Asks the desktop to show a page. Resolves to whether anything was there to ask; a machine without a screen has none. */
export function openInBrowser(
  url: string,
  env: Record<string, string | undefined>,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  const chosen = env['BROWSER'];
  const screenless = platform === 'linux' && env['DISPLAY'] === undefined && env['WAYLAND_DISPLAY'] === undefined && chosen === undefined;
  if (screenless) return Promise.resolve(false);
  const [program, args] = chosen === undefined ? (openers[platform] ?? ['xdg-open', []]) : [chosen, []];
  return new Promise((resolve) => {
    const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true, env: { ...env } });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
