import { kinds } from '../../api/scheme.ts';
import { isReason } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { ClusterState, TimelineQuery } from '../../timeline/entry.ts';
import { timeOf } from '../../timeline/query.ts';
import { followTimeline, itemsOf, readTimeline, stateAt, type When } from '../../timeline/read.ts';
import { entryRenderer, renderTimeline } from '../../timeline/render.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import { withClient } from '../with-client.ts';
import { existingClusterHelp, type Register } from './command.ts';

export interface TimelineFlags extends GlobalOptions {
  name?: string;
  namespace?: string;
  since?: string;
  until?: string;
  at?: string;
  follow?: boolean;
  limit?: string;
  output?: string;
}

/** How many of what happened already `-f` begins with, unless `--since` or `--limit` says. */
const followed = 20;

export async function timeline(cli: CliContext, object: string | undefined, flags: TimelineFlags): Promise<void> {
  const json = outputFormat(flags.output) === 'json';
  const when = flags.at === undefined ? undefined : whenOf(cli, flags.at);
  const query = queryOf(cli, object, flags);
  await withClient(cli, flags, async (client) => {
    try {
      if (when !== undefined) await showState(cli, await stateAt(client, when), json);
      else if (flags.follow === true) await follow(cli, client, query, json);
      else await show(cli, client, query, json);
    } catch (thrown) {
      throw explained(thrown);
    }
  });
}

function queryOf(
  cli: CliContext,
  object: string | undefined,
  { namespace, since, until, limit, follow: on }: TimelineFlags,
): TimelineQuery {
  if (object !== undefined && !/^[^/]+\/[^/]+$/.test(object)) {
    throw new ShoalError('USAGE', `"${object}" is not of the form KIND/NAME`, { next: 'Say for example pod/web-0 or deploy/web.' });
  }
  if (limit !== undefined && !/^\d+$/.test(limit)) throw new ShoalError('USAGE', `--limit: "${limit}" is not a number`);
  const most = limit ?? (on === true && since === undefined ? followed : undefined);
  return {
    ...(object === undefined ? {} : { object }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(since === undefined ? {} : { since: momentOf(cli, '--since', since) }),
    ...(until === undefined ? {} : { until: momentOf(cli, '--until', until) }),
    ...(most === undefined ? {} : { limit: Number(most) }),
  };
}

/** RFC 3339 of a time of today as the timeline shows it, of a duration ago, or of RFC 3339. */
function momentOf({ clock }: CliContext, flag: string, text: string): string {
  const now = clock.now();
  const [, hours, minutes, seconds = '0', fraction = '0'] = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(text) ?? [];
  const today = new Date(now);
  const at =
    hours === undefined
      ? timeOf(text, now)
      : today.setHours(Number(hours), Number(minutes), Number(seconds), Number(fraction.padEnd(3, '0')));
  if (at !== undefined && !Number.isNaN(at)) return new Date(at).toISOString();
  throw new ShoalError('USAGE', `${flag}: "${text}" is not a time`, {
    next: 'Say how long ago (10m), a time of today (14:05:30) or a whole one (2026-01-31T14:05:30Z).',
  });
}

const whenOf = (cli: CliContext, text: string): When =>
  /^\d+$/.test(text) ? { revision: Number(text) } : { at: momentOf(cli, '--at', text) };

async function show(cli: CliContext, client: Client, query: TimelineQuery, json: boolean): Promise<void> {
  const found = await readTimeline(client, query);
  if (json) printJson(cli, found);
  else if (found.entries.length > 0) cli.stdout.write(renderTimeline(found.entries, { width: widthOf(cli) }));
  else cli.stderr.write(`Nothing happened that matches; the timeline begins at ${found.oldest.at}.\n`);
}

async function follow(cli: CliContext, client: Client, query: TimelineQuery, json: boolean): Promise<void> {
  const render = json ? (entry: unknown) => `${JSON.stringify(entry)}\n` : entryRenderer({ width: widthOf(cli) });
  for await (const entry of followTimeline(client, query, cli.signal)) cli.stdout.write(render(entry));
}

async function showState(cli: CliContext, state: ClusterState, json: boolean): Promise<void> {
  if (json) {
    printJson(cli, state);
    return;
  }
  const { pictureOf } = await import('../../view/picture-of.ts');
  const { renderPicture } = await import('../../view/text/render-picture.ts');
  const picture = pictureOf({
    nodes: itemsOf(state, kinds.Node),
    pods: itemsOf(state, kinds.Pod),
    services: itemsOf(state, kinds.Service),
    endpointSlices: itemsOf(state, kinds.EndpointSlice),
    deployments: itemsOf(state, kinds.Deployment),
    replicaSets: itemsOf(state, kinds.ReplicaSet),
    statefulSets: itemsOf(state, kinds.StatefulSet),
    daemonSets: itemsOf(state, kinds.DaemonSet),
    jobs: itemsOf(state, kinds.Job),
    events: itemsOf(state, kinds.Event),
    faults: state.lists['faults.chaos.shoal.dev']?.items ?? [],
  });
  const text = renderPicture(picture, { width: widthOf(cli), height: mostLines, color: false });
  cli.stdout.write(`The cluster at ${state.at}, revision ${state.revision}:\n${text.replace(/ +$/gm, '').trimEnd()}\n`);
}

/** Long enough for whatever a picture shows; it ends where there is no more. */
const mostLines = 60;
const widthOf = ({ stdout }: CliContext): number => ('columns' in stdout && typeof stdout.columns === 'number' ? stdout.columns : 80);

function explained(thrown: unknown): unknown {
  if (isReason(thrown, 'Expired')) {
    return new ShoalError('HISTORY_GONE', messageOf(thrown), { next: 'Ask for a moment within it.', cause: thrown });
  }
  if (isReason(thrown, 'NotFound')) {
    return new ShoalError('HISTORY_GONE', 'this cluster records no timeline', {
      next: 'Make it anew with this version of Shoal.',
      cause: thrown,
    });
  }
  return thrown;
}

export const registerTimeline: Register = (program, cli) => {
  const command = program
    .command('timeline')
    .description('show what happened in a cluster and why, or the cluster as it was')
    .argument('[kind/name]', 'only this object and what its controllers made for it, such as deploy/web')
    .option('--name <name>', existingClusterHelp)
    .option('-n, --namespace <namespace>', 'only what is in this namespace')
    .option('--since <time>', 'from then on: 10m (ago), 14:05:30 (today) or 2026-01-31T14:05:30Z')
    .option('--until <time>', 'up to then')
    .option('--limit <count>', 'at most so many lines, the latest ones (default: 1000)')
    .option('-f, --follow', 'go on as it happens')
    .option('--at <time|revision>', 'show the cluster as it was then: nodes with their pods, workloads, services')
    .option('-o, --output <format>', 'json');
  command.addHelpText(
    'after',
    '\nExamples:\n  shoal timeline --since 10m\n  shoal timeline deploy/web -n shop\n  shoal timeline -f\n  shoal timeline --at 5m\n',
  );
  command.action((object: string | undefined) => timeline(cli, object, command.optsWithGlobals<TimelineFlags>()));
};
