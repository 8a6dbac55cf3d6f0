import type { LifecycleHandler } from '../../api/types/core-v1.ts';
import { delay } from '../../util/clock.ts';
import type { KubeletContext } from '../context.ts';
import type { AnyContainer } from '../pod/pod.ts';
import { httpGet } from '../probes/prober.ts';

const httpTimeoutMs = 30_000;
/** A hook has no time limit of its own; its pod's end gives it one. */
const noLimitMs = 24 * 3600 * 1000;

/** Runs a postStart or preStop hook to its end. Throws when it fails; gives up with the signal. */
export async function runHook(
  context: KubeletContext,
  hook: LifecycleHandler,
  target: { containerId: string; container: AnyContainer; podIP: string; limitMs?: number; signal: AbortSignal },
): Promise<void> {
  const { containerId, container, podIP, limitMs = noLimitMs, signal } = target;
  const gaveUp = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  await Promise.race([run(), gaveUp]);

  async function run(): Promise<void> {
    if (hook.exec !== undefined) {
      const command = hook.exec.command ?? [];
      const { exitCode, output } = await context.runtime.execSync(containerId, command, limitMs);
      if (exitCode !== 0) {
        throw new Error(
          `Exec lifecycle hook (${JSON.stringify(command)}) for Container ${container.name} failed - exit code ${exitCode}: ${output}`,
        );
      }
    } else if (hook.httpGet !== undefined) {
      const { result, output } = await httpGet(hook.httpGet, container, podIP, httpTimeoutMs);
      // As upstream: the hook's answer is read but an HTTP error code does not fail it.
      if (result !== 'success' && !output.startsWith('HTTP probe failed')) throw new Error(output);
    } else if (hook.sleep !== undefined) await delay(context.clock, hook.sleep.seconds * 1000, signal);
  }
}
