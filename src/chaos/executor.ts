import { isDeepStrictEqual } from 'node:util';
import { keyOf } from '../api/object.ts';
import { isNotFound } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import type { ControllerSpec } from '../client/controller.ts';
import type { Informer } from '../client/informer.ts';
import type { Clock, Timer } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { type ActionName, actionOf } from './actions.ts';
import {
  expiryOf,
  type Fault,
  type FaultSpec,
  faultKind,
  isDeleting,
  isFinished,
  nameOf,
  type TargetState,
  type Traffic,
} from './fault.ts';

/** One fault at one target, with all that is needed to undo it: this is what a journal keeps. */
export interface Injection {
  /** The Fault's uid: names of what the fault makes are derived from it. */
  id: string;
  fault: string;
  action: ActionName;
  spec: FaultSpec;
  target: string;
  traffic?: Traffic;
  /** When it is undone, whatever happens; milliseconds since the epoch. */
  until: number;
}

/** How one action is done at a target, and undone. */
export interface Handler {
  /** Makes the fault. Throws {@link FaultUnsupported} where it cannot be had; whatever it throws, `undo` is called after it. */
  inject(injection: Injection): Promise<void>;
  /** Removes every trace of it. Must succeed when there is none, since it is also called after a crash. */
  undo(injection: Injection): Promise<void>;
  /** The fault is over as soon as it has been made: a restart, a crash. */
  momentary?: boolean;
  /** The API has it that the fault is injected. */
  reported?(injection: Injection): void;
}

/** The target cannot have this fault; the message says what is missing, and is shown to the user. */
export class FaultUnsupported extends Error {}

/** Where injections are noted before they are made, so that a successor can undo what its predecessor left. */
export interface Journal {
  write(injections: readonly Injection[]): Promise<void>;
}

export interface ExecutorOptions {
  name: string;
  faults: Informer<Fault>;
  client: Client;
  clock: Clock;
  log: Logger;
  /** Which of a fault's targets are this executor's. */
  mine(fault: Fault, action: ActionName): readonly string[];
  handler(action: ActionName, target: string): Handler;
  journal?: Journal;
  /** Told after each change how many injections there are. */
  onChange?: (active: number) => void;
}

export interface Executor {
  spec: ControllerSpec;
  /** Undoes everything, for an executor that ends. */
  stop(): Promise<void>;
  readonly active: number;
}

const retryMs = 500;

interface Active {
  injection: Injection;
  timer: Timer;
  undoing?: Promise<void>;
}

/**
 * Makes the faults that are its own and undoes them: when the Fault is deleted, and at the deadline by a timer of its own,
 * which needs no API. Undoing is tried again until it succeeds. A Fault that is said to be injected while this executor knows
 * nothing of it was ended by a restart, and is reported as undone.
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const { faults, client, clock, log, handler, journal } = options;
  const active = new Map<string, Active>();
  /** Momentary ones that are over, so that news from before that do not make them again. */
  const done = new Set<string>();
  let enqueue: (key: string) => void = () => undefined;
  const keyFor = (id: string, target: string): string => `${id}/${target}`;

  let writing = Promise.resolve();
  /** Notes are written in order: the latest one counts. */
  const note = (): Promise<void> => {
    writing = writing.then(() => journal?.write([...active.values()].map(({ injection }) => injection)));
    return writing;
  };

  async function inject(injection: Injection): Promise<void> {
    const { id, target, action, until } = injection;
    const key = keyFor(id, target);
    const chosen = handler(action, target);
    const timer = clock.after(Math.max(0, until - clock.now()), () => {
      log.info(`${injection.fault}: its time is up`);
      void undo(key).then(() => enqueue(injection.fault));
    });
    active.set(key, { injection, timer });
    options.onChange?.(active.size);
    await note();
    try {
      await chosen.inject(injection);
      log.info(`${injection.fault}: ${action} on ${target} until ${new Date(until).toISOString()}`);
    } catch (thrown) {
      await undo(key);
      throw thrown;
    }
    if (chosen.momentary === true) {
      done.add(key);
      await undo(key);
    }
  }

  function undo(key: string): Promise<void> {
    const entry = active.get(key);
    if (entry === undefined) return Promise.resolve();
    entry.undoing ??= attempt(key, entry);
    return entry.undoing;
  }

  async function attempt(key: string, { injection, timer }: Active): Promise<void> {
    timer.cancel();
    for (let failures = 0; ; failures++) {
      try {
        await handler(injection.action, injection.target).undo(injection);
        break;
      } catch (thrown) {
        log.error(`${injection.fault}: undoing ${injection.action} on ${injection.target}: ${messageOf(thrown)}; trying again`);
        const { promise, resolve } = Promise.withResolvers<void>();
        clock.after(retryMs * 2 ** Math.min(failures, 5), resolve);
        await promise;
      }
    }
    active.delete(key);
    log.info(`${injection.fault}: ${injection.action} on ${injection.target} is undone`);
    await note().catch((thrown: unknown) => log.warn(`the journal of faults: ${messageOf(thrown)}`));
    options.onChange?.(active.size);
  }

  async function report(fault: Fault, target: string, state: TargetState, message?: string): Promise<void> {
    const known = fault.status?.targets?.[target];
    if (known?.state === state && known.message === message) return;
    const change = { state, message: message ?? null };
    // A uid that is not the stored one is refused: another Fault of the same name is another fault.
    const patch = { metadata: { uid: fault.metadata.uid }, status: { targets: { [target]: change } } };
    await client.patch(faultKind, nameOf(fault), undefined, patch, { subresource: 'status' }).catch((thrown: unknown) => {
      if (!isNotFound(thrown)) throw thrown;
    });
  }

  async function settle(fault: Fault, action: ActionName, target: string): Promise<void> {
    const { uid: id = '' } = fault.metadata;
    const key = keyFor(id, target);
    const { state, traffic } = fault.status?.targets?.[target] ?? { state: 'Pending' };
    const ended = isDeleting(fault) || clock.now() >= expiryOf(fault);
    const entry = active.get(key);
    if (ended) {
      const begun = entry !== undefined;
      await undo(key);
      if (state === 'Pending' || state === 'Injected') {
        await report(fault, target, 'Undone', begun || state === 'Injected' ? undefined : 'it ended before it was injected');
      }
      return;
    }
    if (entry !== undefined) {
      if (!isDeepStrictEqual(entry.injection.traffic, traffic)) await change(entry, traffic);
      if (active.has(key)) await report(fault, target, 'Injected');
      return;
    }
    if (done.has(key)) return report(fault, target, 'Undone');
    if (state === 'Injected') return report(fault, target, 'Undone', 'a restart ended it');
    if (state !== 'Pending') return;
    const injection: Injection = { id, fault: nameOf(fault), action, spec: fault.spec, target, until: expiryOf(fault) };
    try {
      await inject(traffic === undefined ? injection : { ...injection, traffic });
    } catch (thrown) {
      log.warn(`${injection.fault}: ${action} on ${target}: ${messageOf(thrown)}`);
      return report(fault, target, thrown instanceof FaultUnsupported ? 'Unsupported' : 'Failed', messageOf(thrown));
    }
    await report(fault, target, done.has(key) ? 'Undone' : 'Injected');
    if (active.has(key)) handler(action, target).reported?.(injection);
  }

  /** The traffic has other addresses now. */
  async function change(entry: Active, traffic: Traffic | undefined): Promise<void> {
    const { traffic: _, ...rest } = entry.injection;
    const chosen = handler(rest.action, rest.target);
    await chosen.undo(entry.injection);
    entry.injection = traffic === undefined ? rest : { ...rest, traffic };
    await note();
    await chosen.inject(entry.injection);
  }

  return {
    spec: {
      name: options.name,
      watch(add) {
        enqueue = add;
        faults.on({ add: (fault) => add(keyOf(fault)), update: (fault) => add(keyOf(fault)), delete: (fault) => add(keyOf(fault)) });
      },
      async reconcile(name) {
        const fault = faults.get(name);
        // Deleted by force, or made anew under the same name.
        const orphans = [...active].filter(([, { injection }]) => injection.fault === name && injection.id !== fault?.metadata.uid);
        await Promise.all(orphans.map(([key]) => undo(key)));
        const action = fault === undefined ? undefined : actionOf(fault.spec);
        if (fault === undefined || action === undefined || fault.status?.startedAt === undefined || isFinished(fault)) return;
        await Promise.all(options.mine(fault, action).map((target) => settle(fault, action, target)));
      },
    },
    async stop() {
      await Promise.all([...active.keys()].map(undo));
    },
    get active() {
      return active.size;
    },
  };
}
