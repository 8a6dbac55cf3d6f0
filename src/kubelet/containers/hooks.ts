import type { LifecycleHandler, Pod } from '../../api/types/core-v1.ts';
import { delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { KubeletContext } from '../context.ts';
import { type AnyContainer, formatPod } from '../pod/pod.ts';
import { httpGet } from '../probes/prober.ts';

const httpTimeoutMs = 30_000;
/** A hook has no time limit of its own; its pod's end gives it one. */
const noLimitMs = 24 * 3600 * 1000;

/** Runs a postStart or preStop hook to its end. Throws when it fails, in upstream's words (lifecycle's handlerRunner); gives up with the signal. */
export async function runHook(
  context: KubeletContext,
  hook: LifecycleHandler,
  target: { containerId: string; container: AnyContainer; pod: Pod; podIP: string; limitMs?: number; signal: AbortSignal },
): Promise<void> {
  const { containerId, container, pod, podIP, limitMs = noLimitMs, signal } = target;
  const failed = (kind: string, what: string, problem: string): Error =>
    new Error(
      `${kind} lifecycle hook (${what}) for Container ${JSON.stringify(container.name)} in Pod ${JSON.stringify(formatPod(pod))} failed - error: ${problem}`,
    );
  const gaveUp = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  await Promise.race([run(), gaveUp]);

  async function run(): Promise<void> {
    if (hook.exec !== undefined) await exec(hook.exec.command ?? []);
    else if (hook.httpGet !== undefined) {
      const { result, output } = await httpGet(hook.httpGet, container, podIP, httpTimeoutMs);
      // As upstream: the hook's answer is read but an HTTP error code does not fail it.
      if (result !== 'success' && result !== 'warning' && !output.startsWith('HTTP probe failed'))
        throw failed('HTTP', hook.httpGet.path ?? '', output);
    } else if (hook.sleep !== undefined) await delay(context.clock, hook.sleep.seconds * 1000, signal);
  }

  async function exec(command: string[]): Promise<void> {
    const { exitCode, output } = await context.runtime.execSync(containerId, command, limitMs).catch((thrown: unknown) => {
      throw failed('Exec', `[${command.join(' ')}]`, `${messageOf(thrown)}, message: ""`);
    });
    if (exitCode === 0) return;
    const problem = `command '${command.join(' ')}' exited with ${exitCode}: ${output}, message: ${JSON.stringify(output)}`;
    throw failed('Exec', `[${command.join(' ')}]`, problem);
  }
}
