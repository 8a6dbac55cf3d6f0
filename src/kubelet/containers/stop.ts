import { delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { containerReference, findContainer, initContainers, isSidecar } from '../pod/pod.ts';
import { probeOf } from '../probes/prober.ts';
import type { Container } from '../runtime/runtime.ts';
import type { PodRuntime } from '../runtime-cache.ts';
import { runHook } from './hooks.ts';

/** Even a hook that used up all of the grace leaves a container that long to end (minimumGracePeriodInSeconds). */
const leastGraceSeconds = 2;

/** The grace that a pod's end gives: what its deletion asked for, else its own. */
export const graceOf = ({ pod }: PodState): number =>
  pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;

export interface KillOptions {
  /** Of the Killing event; default `Stopping container NAME`. */
  message?: string;
  /** A probe that failed may have a grace of its own. */
  probe?: 'liveness' | 'startup';
  /** Overrides every other grace. */
  graceSeconds?: number;
  /** Resolves when others that must end first have ended. */
  turn?: Promise<unknown>;
}

/** Tells the container to stop: preStop hook, SIGTERM, and SIGKILL when its grace is over. */
export async function killContainer(
  context: KubeletContext,
  state: PodState,
  { id, name }: Pick<Container, 'id' | 'name'>,
  options: KillOptions = {},
): Promise<void> {
  const { clock, log, recorder, runtime } = context;
  const spec = findContainer(state.pod, name);
  const ownGrace =
    options.probe === undefined || spec === undefined ? undefined : probeOf(spec, options.probe)?.terminationGracePeriodSeconds;
  const deleted = state.pod.metadata.deletionGracePeriodSeconds;
  const grace = options.graceSeconds ?? deleted ?? ownGrace ?? graceOf(state);
  const deadline = clock.now() + grace * 1000;
  recorder.event(containerReference(state.pod, name), 'Normal', 'Killing', options.message ?? `Stopping container ${name}`);

  const hook = spec?.lifecycle?.preStop;
  if (hook !== undefined && spec !== undefined && grace > 0) await preStop();
  if (options.turn !== undefined && grace > 0) await within(options.turn);
  const left = Math.ceil((deadline - clock.now()) / 1000);
  await runtime.stopContainer(id, options.graceSeconds ?? (grace <= 0 ? 0 : Math.max(leastGraceSeconds, left)));

  /** Waits for `work`, but no longer than the grace. */
  async function within(work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const limit = delay(clock, Math.max(0, deadline - clock.now()), over.signal).catch(() => undefined);
    await Promise.race([work, limit]).finally(() => over.abort());
  }

  async function preStop(): Promise<void> {
    if (hook === undefined || spec === undefined) return;
    const over = new AbortController();
    const podIP = state.status.podIP ?? '';
    const run = runHook(context, hook, {
      containerId: id,
      container: spec,
      pod: state.pod,
      podIP,
      limitMs: grace * 1000,
      signal: over.signal,
    });
    await within(
      run.catch((thrown: unknown) => {
        if (over.signal.aborted) return;
        log.debug(messageOf(thrown));
        recorder.event(containerReference(state.pod, name), 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
      }),
    );
    over.abort(new Error('the grace period is over'));
  }
}

/** Ends all that runs of a pod: its containers together, then its sidecars in the reverse order of their start (KEP-753). */
export async function killContainers(
  context: KubeletContext,
  state: PodState,
  { containers }: PodRuntime,
  graceSeconds?: number,
): Promise<void> {
  const alive = containers.filter((one) => one.state === 'running' || one.state === 'unknown');
  const order = initContainers(state.pod)
    .filter(isSidecar)
    .map(({ name }) => name);
  const options: KillOptions = graceSeconds === undefined ? {} : { graceSeconds };
  const ended: Promise<unknown>[] = alive
    .filter(({ name }) => !order.includes(name))
    .map((one) => killContainer(context, state, one, options));
  for (const name of order.toReversed()) {
    const turn = Promise.allSettled([...ended]);
    ended.push(...alive.filter((one) => one.name === name).map((one) => killContainer(context, state, one, { ...options, turn })));
  }
  await Promise.all(ended);
}
