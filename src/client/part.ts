import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { Informer, InformerFactory } from './informer.ts';

/** Something of the control plane that can stand still, or end and begin anew, while the rest runs on. */
export interface Part {
  /** Resolves when it runs. */
  start(): Promise<void>;
  /** Ends it as a crash does: what it knew is forgotten. */
  stop(): void;
  stall(): void;
  resume(): void;
}

/** What a part is given when it starts. */
export interface PartRun {
  /** Aborts when the part or the control plane stops. */
  signal: AbortSignal;
  /** To be awaited before each piece of work; undefined unless the part stands still. */
  hold(): Promise<void> | undefined;
}

/** `run` starts the part's work and resolves when it is under way; it is called again after a `stop`. */
export function createPart(outer: AbortSignal, run: (part: PartRun) => Promise<void>): Part {
  let stopping = new AbortController();
  let still: PromiseWithResolvers<void> | undefined;
  const resume = (): void => {
    still?.resolve();
    still = undefined;
  };
  return {
    start() {
      stopping = new AbortController();
      return run({ signal: AbortSignal.any([outer, stopping.signal]), hold: () => still?.promise });
    },
    stop() {
      stopping.abort();
      resume();
    },
    stall() {
      still ??= Promise.withResolvers();
    },
    resume,
  };
}

/** The same informers for a part: what it subscribes to ends with it. */
export function informersUntil(signal: AbortSignal, informers: InformerFactory): InformerFactory {
  const subscriptions: (() => void)[] = [];
  signal.addEventListener('abort', () => subscriptions.splice(0).forEach((end) => void end()), { once: true });
  return {
    ...informers,
    informer<T extends KubeObject>(kind: Kind<T>, options?: Parameters<InformerFactory['informer']>[1]): Informer<T> {
      const inner = informers.informer(kind, options);
      return {
        ...inner,
        get hasSynced() {
          return inner.hasSynced;
        },
        on(handlers) {
          const end = inner.on(handlers);
          subscriptions.push(end);
          return end;
        },
      };
    },
  };
}
