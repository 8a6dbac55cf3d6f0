import { kinds } from '../../api/scheme.ts';
import type { Node } from '../../api/types/core-v1.ts';
import { type ActionName, targetText } from '../../chaos/actions.ts';
import { campaignActions, type PlannedFault, planCampaign, realOnly } from '../../chaos/campaign.ts';
import { campaignLabel, type Fault, faultKind } from '../../chaos/fault.ts';
import type { Client } from '../../client/client.ts';
import { delay } from '../../util/clock.ts';
import { goDuration, parseDuration } from '../../util/duration.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { CliContext } from '../context.ts';
import { outputFormat, printJson, table } from '../output.ts';
import { undoOne } from './list.ts';
import { type ChaosFlags, faultWhen, isInjected, type Say, withChaos } from './session.ts';
import { durationFlag, wholeNumber } from './specs.ts';

export interface RunFlags extends ChaosFlags {
  seed?: string;
  for: string;
  every: string;
  longest: string;
  actions?: string;
  dryRun?: boolean;
  controlPlane?: boolean;
}

const controlPlaneRole = 'node-role.kubernetes.io/control-plane';
const undoMs = 60_000;

/** A campaign: faults drawn with a seed, one after the other. An interrupt undoes those that are open. */
export async function run(cli: CliContext, flags: RunFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const seed = wholeNumber('seed', flags.seed) ?? Math.floor(Math.random() * 1_000_000);
  const ms = (flag: 'for' | 'every' | 'longest'): number => parseDuration(durationFlag(flag, flags[flag])) ?? 0;
  const lengths = { totalMs: ms('for'), everyMs: ms('every'), longestMs: ms('longest') };
  await withChaos(cli, flags, async (client, say) => {
    const nodes = (await client.list(kinds.Node)).items;
    const usable = nodes.filter(({ metadata }) => flags.controlPlane === true || metadata.labels?.[controlPlaneRole] === undefined);
    const names = (usable.length > 0 ? usable : nodes).map(({ metadata }) => metadata.name ?? '');
    const plan = planCampaign({ seed, ...lengths, nodes: names, actions: actionsOf(flags.actions, nodes) });
    if (flags.dryRun === true || format === 'json') show(cli, plan, format);
    if (flags.dryRun !== true) await carryOut(cli, client, seed, plan, say);
  });
  cli.stderr.write(`The same campaign again: shoal chaos run --seed ${seed} --for ${flags.for} --every ${flags.every}\n`);
}

function actionsOf(text: string | undefined, nodes: readonly Node[]): readonly ActionName[] {
  const simulated = nodes.some(({ metadata }) => metadata.labels?.['type'] === 'simulated');
  const possible = campaignActions.filter((action) => !simulated || !realOnly.has(action));
  if (text === undefined) return possible;
  const wanted = text.split(',').map((one) => one.trim().toLowerCase());
  const found = possible.filter((action) => wanted.some((one) => action.toLowerCase().startsWith(one.replaceAll('-', ''))));
  if (found.length > 0) return found;
  throw new ShoalError('USAGE', `--actions ${text} leaves nothing to do`, { next: `Choose among ${possible.join(', ')}.` });
}

function show(cli: CliContext, plan: readonly PlannedFault[], format: string): void {
  if (format === 'json') {
    printJson(cli, plan);
    return;
  }
  const rows = plan.map(({ atMs, name, action, spec }) => [
    goDuration(atMs),
    name,
    action,
    targetText(spec, spec.nodes?.names ?? []),
    spec.duration,
  ]);
  cli.stdout.write(table(['AT', 'NAME', 'ACTION', 'TARGET', 'FOR'], rows));
}

async function carryOut(cli: CliContext, client: Client, seed: number, plan: readonly PlannedFault[], say: Say): Promise<void> {
  const label = { [campaignLabel]: String(seed) };
  const mine = async (): Promise<Fault[]> => (await client.list(faultKind, { labelSelector: `${campaignLabel}=${seed}` })).items;
  const undoAll = async (signal: AbortSignal): Promise<void> => {
    await Promise.all((await mine()).map(({ metadata }) => undoOne(cli, client, metadata.name ?? '', signal)));
  };
  // What is left of an earlier run of the same campaign has the same names.
  await undoAll(cli.signal);
  const start = cli.clock.now();
  try {
    for (const { atMs, name, action, spec } of plan) {
      await delay(cli.clock, Math.max(0, start + atMs - cli.clock.now()), cli.signal);
      const fault: Fault = { apiVersion: 'chaos.shoal.dev/v1alpha1', kind: 'Fault', metadata: { name, labels: label }, spec };
      // One that cannot be made now must not keep the others from their time.
      const made = await client.create(faultKind, fault).catch((thrown: unknown) => void say(`✗ ${name}: ${messageOf(thrown)}`));
      if (made !== undefined)
        say(`${goDuration(atMs).padEnd(6)} ${action} on ${targetText(spec, spec.nodes?.names ?? [])} for ${spec.duration}`);
    }
    await Promise.all(
      plan.map(({ name }) =>
        faultWhen({ client, clock: cli.clock, signal: cli.signal }, name, ({ status }) => status?.finishedAt !== undefined),
      ),
    );
  } catch (thrown) {
    if (!cli.signal.aborted) throw thrown;
    await undoAll(AbortSignal.timeout(undoMs));
    throw new ShoalError('INTERRUPTED', 'interrupted: what the campaign had broken is undone', { cause: thrown });
  }
  const items = await mine();
  const failed = items.filter((fault) => !isInjected(fault) || fault.status?.phase === 'Failed' || fault.status?.phase === 'Unsupported');
  cli.stdout.write(`${items.length - failed.length} of ${plan.length} faults were made, and all are undone.\n`);
}
