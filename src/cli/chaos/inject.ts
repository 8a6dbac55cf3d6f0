import { isAlreadyExists, isNotFound, isReason } from '../../api/status.ts';
import { actionOf } from '../../chaos/actions.ts';
import { type Fault, type FaultSpec, faultKind, isFinished } from '../../chaos/fault.ts';
import type { Client } from '../../client/client.ts';
import { ShoalError } from '../../util/errors.ts';
import type { CliContext } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import { assertInjected, type ChaosFlags, faultWhen, isInjected, withChaos } from './session.ts';

export interface InjectFlags extends ChaosFlags {
  for?: string;
  as?: string;
  detach?: boolean;
}

/**
 * Makes one fault and returns when it is there. It lives in the cluster and ends there by itself; only an interrupt while this
 * waits takes it back.
 */
export async function inject(cli: CliContext, spec: FaultSpec, flags: InjectFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const name = flags.as ?? `${kebab(actionOf(spec) ?? 'fault')}-${suffix()}`;
  const fault = await withChaos(cli, flags, (client) => make(cli, client, name, spec, flags.detach === true));
  if (format === 'json') printJson(cli, fault);
  else if (format === 'name') cli.stdout.write(`${name}\n`);
  else cli.stdout.write(sentence(fault, name));
}

async function make(cli: CliContext, client: Client, name: string, spec: FaultSpec, detach: boolean): Promise<Fault> {
  const wanted = { apiVersion: 'chaos.shoal.dev/v1alpha1', kind: 'Fault', metadata: { name }, spec };
  const made = await client.create(faultKind, wanted).catch((thrown: unknown) => {
    if (!isReason(thrown, 'Invalid') && !isAlreadyExists(thrown)) throw thrown;
    const next = 'Each flag is in `--help`, each field in `kubectl explain fault.spec`.';
    throw new ShoalError('USAGE', thrown.message, { next, cause: thrown });
  });
  if (detach) return made;
  try {
    const found = await faultWhen({ client, clock: cli.clock, signal: cli.signal }, name, isInjected);
    if (found === undefined) throw new ShoalError('FAULT_NOT_FOUND', `the fault ${name} was deleted by someone else`);
    assertInjected(found);
    return found;
  } catch (thrown) {
    // What was not wanted after all, or was never there, is not left lying about.
    await client.delete(faultKind, name).catch((failure: unknown) => {
      if (!isNotFound(failure)) throw failure;
    });
    if (cli.signal.aborted) {
      throw new ShoalError('INTERRUPTED', `interrupted: the fault ${name} is being undone`, { cause: thrown });
    }
    throw thrown;
  }
}

function sentence(fault: Fault, name: string): string {
  const { action, target, expiresAt } = fault.status ?? {};
  if (expiresAt === undefined) return `Fault ${name} is made.\n`;
  if (isFinished(fault)) return `Fault ${name}: ${action} on ${target} is done and over.\n`;
  const time = expiresAt.replace(/\.\d+Z$/, 'Z');
  return `Fault ${name}: ${action} on ${target} until ${time}.\nUndo it earlier with: shoal chaos undo ${name}\n`;
}

const kebab = (action: string): string => action.replace(/(?<=.)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
const suffix = (): string => Math.random().toString(36).slice(2, 7).padEnd(5, '0');
