import { isNotFound } from '../../api/status.ts';
import { type Fault, faultKind, isFinished } from '../../chaos/fault.ts';
import type { Client } from '../../client/client.ts';
import { goDuration } from '../../util/duration.ts';
import { ShoalError } from '../../util/errors.ts';
import type { CliContext } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import { type ChaosFlags, faultWhen, withChaos } from './session.ts';

export async function list(cli: CliContext, flags: ChaosFlags & { all?: boolean }): Promise<void> {
  const format = outputFormat(flags.output);
  const { items } = await withChaos(cli, flags, (client) => client.list(faultKind));
  const shown = flags.all === true ? items : items.filter((fault) => !isFinished(fault));
  if (format === 'json') printJson(cli, shown);
  else if (format === 'name') cli.stdout.write(shown.map(({ metadata }) => `${metadata.name}\n`).join(''));
  else if (shown.length === 0) cli.stderr.write(flags.all === true ? 'There are no faults.\n' : 'Nothing is broken on purpose.\n');
  else
    cli.stdout.write(
      table(
        ['NAME', 'ACTION', 'TARGET', 'STATE', 'LEFT'],
        shown.map((fault) => row(fault, cli.clock.now())),
      ),
    );
}

function row(fault: Fault, now: number): string[] {
  const { action = '', target = '', phase = 'Pending', expiresAt } = fault.status ?? {};
  const left = Date.parse(expiresAt ?? '') - now;
  const shown = isFinished(fault) || !(left > 0) ? '-' : goDuration(Math.ceil(left / 1000) * 1000);
  return [fault.metadata.name ?? '', action, target, phase, shown];
}

/** Deletes faults and returns when they are undone. */
export async function undo(cli: CliContext, names: readonly string[], flags: ChaosFlags & { all?: boolean }): Promise<void> {
  if (names.length === 0 && flags.all !== true) {
    throw new ShoalError('USAGE', 'no fault is named', { next: 'Name some of `shoal chaos list`, or say --all.' });
  }
  const undone = await withChaos(cli, flags, async (client) => {
    const all = flags.all === true ? (await client.list(faultKind)).items.map(({ metadata }) => metadata.name ?? '') : names;
    await Promise.all(all.map((name) => undoOne(cli, client, name)));
    return all;
  });
  if (undone.length === 0) cli.stderr.write('Nothing is broken on purpose.\n');
  for (const name of undone) cli.stdout.write(`Fault ${name} is undone.\n`);
}

export async function undoOne(cli: CliContext, client: Client, name: string, signal: AbortSignal = cli.signal): Promise<void> {
  await client.delete(faultKind, name).catch((thrown: unknown) => {
    if (!isNotFound(thrown)) throw thrown;
    throw new ShoalError('FAULT_NOT_FOUND', `there is no fault ${name}`, { next: 'List the faults with `shoal chaos list --all`.' });
  });
  await faultWhen({ client, clock: cli.clock, signal }, name, () => false);
}
