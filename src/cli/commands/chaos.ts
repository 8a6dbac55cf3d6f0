import type { Command } from 'commander';
import type { ControlPlaneAction, FaultSpec, ImagesAction, NetworkAction, NodeAction } from '../../chaos/fault.ts';
import { type InjectFlags, inject } from '../chaos/inject.ts';
import { list, undo } from '../chaos/list.ts';
import { type RunFlags, run } from '../chaos/run.ts';
import type { ChaosFlags } from '../chaos/session.ts';
import { componentOf, durationFlag, endpointOf, nodesOf, type TargetFlags, wholeNumber } from '../chaos/specs.ts';
import { existingClusterHelp, type Register } from './command.ts';

type Flags = InjectFlags & TargetFlags;
const common = (command: Command): Command =>
  command.option('--name <name>', existingClusterHelp).option('-o, --output <format>', 'json or name');
const duration = ({ for: text = '30s' }: InjectFlags): string => durationFlag('for', text);

export const registerChaos: Register = (program, cli) => {
  const chaos = program
    .command('chaos')
    .description('break things on purpose, for a while: nodes, network, disks, clocks, the control plane')
    .addHelpText('after', '\nEach fault ends by itself, and is a resource too: kubectl get faults, kubectl explain fault.spec\n');

  /** A verb that makes one fault; `spec` reads its arguments and its flags. */
  const verb = <F extends Flags>(
    parent: Command,
    name: string,
    description: string,
    examples: readonly string[],
    spec: (flags: F, args: string[]) => Omit<FaultSpec, 'duration'>,
  ): Command => {
    const command = common(parent.command(name).description(description))
      .option('--for <time>', 'how long it lasts', '30s')
      .option('--as <fault>', 'name of the fault (default: one is made up)')
      .option('--detach', 'return at once; by default when the fault is there');
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  shoal chaos ${line}\n`).join('')}`);
    command.action(() => {
      const flags = command.optsWithGlobals<F>();
      return inject(cli, { duration: duration(flags), ...spec(flags, command.args) }, flags);
    });
    return command;
  };
  const onNodes = (command: Command): Command =>
    command
      .argument('[node...]', 'names of nodes')
      .option('--selector <labels>', 'nodes with these labels instead: disk=ssd')
      .option('--random <count>', 'only so many of them')
      .option('--seed <number>', 'with --random: draws the same ones again');

  const node = chaos.command('node').description('kill, freeze, restart or cut off nodes');
  const nodeActions: Record<string, [NodeAction, string]> = {
    kill: ['Kill', 'all that runs on a node dies, and it comes back in the end'],
    pause: ['Pause', 'a node stands still, and goes on where it was'],
    restart: ['Restart', 'all that runs on a node dies, and it comes back at once'],
    disconnect: ['Disconnect', 'nothing gets in or out of a node'],
  };
  for (const [name, [action, description]] of Object.entries(nodeActions)) {
    onNodes(
      verb(node, name, description, [`node ${name} shoal-worker --for 1m`, `node ${name} --random 1 --seed 7`], (flags, args) => ({
        nodes: nodesOf(args, flags),
        node: { action },
      })),
    );
  }

  const network = chaos.command('network').description('disturb the traffic between nodes, or between pods and a Service');
  const networkActions: Record<string, [NetworkAction, string, 'delay' | 'percent' | 'rate' | undefined, string]> = {
    cut: ['Cut', 'no packet gets through', undefined, ''],
    delay: ['Delay', 'each round trip takes longer', 'delay', '100ms'],
    drop: ['Drop', 'a share of the packets is lost', 'percent', '30'],
    throttle: ['Throttle', 'only so many bytes a second get through', 'rate', '100Ki'],
  };
  type NetworkFlags = Flags & { from?: string; to?: string; delay?: string; percent?: string; rate?: string };
  for (const [name, [action, description, flag, value]] of Object.entries(networkActions)) {
    const own = flag === undefined ? '' : ` --${flag} ${value}`;
    const examples = [
      `network ${name} --from shoal-worker --to shoal-worker2${own}`,
      `network ${name} --from pods/app=shop --to service/db${own} --for 1m`,
    ];
    const command = verb<NetworkFlags>(network, name, description, examples, (flags) => ({
      network: {
        action,
        from: endpointOf('from', flags.from),
        to: endpointOf('to', flags.to),
        ...(flag === 'delay' ? { delay: durationFlag('delay', flags.delay ?? value) } : {}),
        ...(flag === 'percent' ? { percent: wholeNumber('percent', flags.percent, 1) ?? Number(value) } : {}),
        ...(flag === 'rate' ? { rate: flags.rate ?? value } : {}),
      },
    }))
      .requiredOption('--from <side>', 'a node, or pods/app=web')
      .requiredOption('--to <side>', 'a node, pods/app=web, or service/web');
    if (flag === 'delay') command.option('--delay <time>', 'that much longer', value);
    if (flag === 'percent') command.option('--percent <number>', 'of the packets', value);
    if (flag === 'rate') command.option('--rate <bytes>', 'a second', value);
  }

  onNodes(
    verb<Flags & { size?: string; percent?: string }>(
      chaos,
      'disk',
      "fill the disk that pods' volumes lie on",
      ['disk shoal-worker --size 2Gi'],
      (flags, args) => {
        const percent = wholeNumber('percent', flags.percent, 1);
        return { nodes: nodesOf(args, flags), disk: percent === undefined ? { size: flags.size ?? '1Gi' } : { percent } };
      },
    )
      .option('--size <bytes>', 'that much is written (default: 1Gi)')
      .option('--percent <number>', 'written until the disk is so full; it is the disk of your machine'),
  );
  onNodes(
    verb<Flags & { size?: string }>(chaos, 'memory', 'take memory on nodes', ['memory shoal-worker --size 512Mi'], (flags, args) => ({
      nodes: nodesOf(args, flags),
      memory: { size: flags.size ?? '256Mi' },
    })).option('--size <bytes>', 'that much', '256Mi'),
  );
  onNodes(
    verb<Flags & { cores?: string }>(chaos, 'cpu', 'keep processors of nodes busy', ['cpu shoal-worker --cores 2'], (flags, args) => ({
      nodes: nodesOf(args, flags),
      cpu: { cores: wholeNumber('cores', flags.cores, 1) ?? 1 },
    })).option('--cores <count>', 'so many', '1'),
  );
  onNodes(
    verb<Flags & { offset?: string }>(
      chaos,
      'clock',
      "put the clock of nodes' kubelets off",
      ['clock shoal-worker --offset=-1h'],
      (flags, args) => ({
        nodes: nodesOf(args, flags),
        clock: { offset: flags.offset ?? '1h' },
      }),
    ).option('--offset <time>', 'ahead, or with a minus behind: --offset=-90s', '1h'),
  );

  const images = chaos.command('images').description('let image pulls fail, or take long');
  const imageActions: Record<string, [ImagesAction, string]> = {
    fail: ['Fail', 'pulls fail'],
    slow: ['Slow', 'pulls take longer'],
  };
  for (const [name, [action, description]] of Object.entries(imageActions)) {
    const command = onNodes(
      verb<Flags & { match?: string; delay?: string }>(
        images,
        name,
        description,
        [`images ${name} shoal-worker --match website`],
        (flags, args) => ({
          nodes: nodesOf(args, flags),
          images: {
            action,
            ...(flags.match === undefined ? {} : { match: flags.match }),
            ...(action === 'Slow' ? { delay: durationFlag('delay', flags.delay ?? '10s') } : {}),
          },
        }),
      ),
    ).option('--match <text>', 'only images whose name contains this');
    if (action === 'Slow') command.option('--delay <time>', 'that much longer', '10s');
  }

  const plane = chaos.command('control-plane').description('crash or stall the API server, the scheduler, or one controller');
  const planeActions: Record<string, [ControlPlaneAction, string]> = {
    crash: ['Crash', 'it ends, forgets what it knew, and begins anew'],
    stall: ['Stall', 'it stands still, and goes on where it was'],
  };
  for (const [name, [action, description]] of Object.entries(planeActions)) {
    verb(
      plane,
      name,
      description,
      [`control-plane ${name} scheduler`, `control-plane ${name} controller/replicaset`],
      (_, [component = '']) => ({
        controlPlane: componentOf(action, component),
      }),
    ).argument('<component>', 'apiserver, scheduler, or controller/NAME');
  }

  const listing = common(chaos.command('list').alias('ls').description('what is broken now, and for how long'))
    .option('--all', 'what is over, too (kept for an hour)')
    .addHelpText('after', '\nExamples:\n  shoal chaos list\n  shoal chaos list --all -o json\n');
  listing.action(() => list(cli, listing.optsWithGlobals<ChaosFlags & { all?: boolean }>()));

  const undoing = chaos
    .command('undo')
    .description('end faults early, and return when nothing is left of them')
    .argument('[fault...]', 'names, as in `shoal chaos list`')
    .option('--all', 'every one')
    .option('--name <name>', existingClusterHelp)
    .addHelpText('after', '\nExamples:\n  shoal chaos undo node-kill-x7k2p\n  shoal chaos undo --all\n');
  undoing.action((names: string[]) => undo(cli, names, undoing.optsWithGlobals<ChaosFlags & { all?: boolean }>()));

  const running = common(chaos.command('run').description('a campaign: faults drawn at random, which a seed repeats'))
    .option('--seed <number>', 'of an earlier campaign (default: a new one)')
    .option('--for <time>', 'how long', '5m')
    .option('--every <time>', 'from one fault to the next, on average', '20s')
    .option('--longest <time>', 'of one fault', '30s')
    .option('--actions <names>', 'only these, such as node,network-delay,clock')
    .option('--control-plane', "let it hit the control plane's node, too")
    .option('--dry-run', 'say what it would do')
    .addHelpText('after', '\nExamples:\n  shoal chaos run --for 5m\n  shoal chaos run --seed 42 --for 2m --actions node --dry-run\n');
  running.action(() => run(cli, running.optsWithGlobals<RunFlags>()));
};
