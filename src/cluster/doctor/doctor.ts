import { messageOf } from '../../util/errors.ts';
import type { Check, Finding, Machine } from './check.ts';
import { capabilities } from './checks/capabilities.ts';
import { cgroups } from './checks/cgroups.ts';
import { disk } from './checks/disk.ts';
import { engine } from './checks/engine.ts';
import { images } from './checks/images.ts';
import { inotify } from './checks/inotify.ts';
import { kubectl } from './checks/kubectl.ts';
import { leftovers } from './checks/leftovers.ts';
import { names } from './checks/names.ts';
import { ports } from './checks/ports.ts';

/** Every check, in the order in which a user reads of them: first what nothing works without. */
export const checks: readonly Check[] = [engine, capabilities, cgroups, disk, inotify, ports, names, kubectl, leftovers, images];

export type Diagnosis = Finding & { check: string };

/** Runs all checks. One that fails itself is `unknown`: a doctor must not fall ill of what the patient has. */
export const diagnose = (machine: Machine, which: readonly Check[] = checks): Promise<Diagnosis[]> =>
  Promise.all(
    which.map(async (check) => {
      const finding = await check.run(machine).catch((thrown: unknown): Finding => ({ state: 'unknown', says: messageOf(thrown) }));
      return { check: check.name, ...finding };
    }),
  );
