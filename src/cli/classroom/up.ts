import { loadImages } from '../../cluster/cluster.ts';
import type { ClusterDriver } from '../../cluster/driver.ts';
import { websiteImages } from '../../cluster/sample.ts';
import { messageOf, ShoalError } from '../../util/errors.ts';
import { type CliContext, withCluster, withClusters } from '../context.ts';
import { createProgress, type Progress } from '../progress.ts';
import { attendeeNames, attendeeSpec, type ClassroomFlags, clustersOfClass, DEFAULT_CLASS } from './attendees.ts';

/** Clusters that are made or removed at the same time: more would only wait for the disk. */
const atOnce = 3;

/** `shoal classroom up`: a cluster for each attendee; those that are there already stay as they are. */
export async function classroomUp(cli: CliContext, flags: ClassroomFlags): Promise<void> {
  const names = attendeeNames(flags);
  const specs = new Map(names.map((name) => [name, attendeeSpec(name, flags)]));
  const simulate = flags.simulate === true;
  const made = await each(cli, flags, names, async (clusters, name) => {
    const spec = specs.get(name);
    if (spec === undefined) return;
    await clusters.up(spec, simulate ? { simulate } : {});
    if (!simulate) await withSample(cli, name);
  });
  cli.stdout.write(
    [
      `${made.length} of ${names.length} clusters are up: ${made.join(', ')}.`,
      `  access for the attendees:  shoal classroom kubeconfigs DIR${flags.class === undefined ? '' : ` --class ${flags.class}`}`,
      `  how far they are:          shoal classroom status --watch`,
      `  take everything away:      shoal classroom down`,
      '',
    ].join('\n'),
  );
}

/** The sample's images, so that nobody has to wait for them. */
const withSample = (cli: CliContext, name: string): Promise<void> =>
  withCluster(cli, { quiet: true }, async (context) => {
    await context.images.website(cli.signal);
    await loadImages(context, name, websiteImages);
  });

/** `shoal classroom down`. */
export async function classroomDown(cli: CliContext, flags: ClassroomFlags): Promise<void> {
  const names = await withClusters(cli, { ...flags, quiet: true }, (clusters) => clustersOfClass(clusters, flags.class));
  await each(cli, flags, names, async (clusters, name) => void (await clusters.down(name)));
  cli.stdout.write(names.length === 0 ? `There is no class ${flags.class ?? DEFAULT_CLASS}.\n` : `Removed ${names.join(', ')}.\n`);
}

/** `shoal classroom reset ATTENDEE…`: back to the state after `up`, whatever was done to it. */
export async function classroomReset(cli: CliContext, names: readonly string[], flags: ClassroomFlags): Promise<void> {
  const known = await withClusters(cli, { ...flags, quiet: true }, (clusters) => clustersOfClass(clusters, flags.class));
  const wanted = names.map(
    (name) => known.find((each) => each === name || each === `${flags.class ?? DEFAULT_CLASS}-${name.padStart(2, '0')}`) ?? name,
  );
  const stranger = wanted.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new ShoalError('CLUSTER_NOT_FOUND', `${stranger} is no attendee's cluster`, { next: `There are: ${known.join(', ')}.` });
  }
  await each(cli, flags, wanted, async (clusters, name) => {
    await clusters.start(name);
    await clusters.reset(name);
  });
  cli.stdout.write(`${wanted.join(', ')} ${wanted.length === 1 ? 'is' : 'are'} as after \`up\`. The access is the same as before.\n`);
}

/** Some at a time; what fails is told, and does not keep the others. Resolves to those that succeeded. Throws the first failure after all. */
async function each(
  cli: CliContext,
  flags: ClassroomFlags,
  names: readonly string[],
  work: (clusters: ClusterDriver, name: string) => Promise<void>,
): Promise<string[]> {
  const progress = await createProgress(cli, flags);
  const done: string[] = [];
  const failures: unknown[] = [];
  const queue = names.values();
  try {
    await withClusters(cli, { quiet: true, ...(flags.verbose === undefined ? {} : { verbose: flags.verbose }) }, async (clusters) => {
      await Promise.all(
        Array.from({ length: Math.min(atOnce, names.length) }, async () => {
          for (const name of queue) {
            const failure = await one(cli, progress, name, () => work(clusters, name));
            if (failure === undefined) done.push(name);
            else failures.push(failure.thrown);
            if (cli.signal.aborted) return;
          }
        }),
      );
    });
  } finally {
    await progress.close();
  }
  if (failures.length > 0) throw failures[0];
  return done.sort();
}

async function one(cli: CliContext, progress: Progress, name: string, work: () => Promise<void>): Promise<{ thrown: unknown } | undefined> {
  const since = cli.clock.now();
  progress.step({ id: name, label: name, state: 'started' });
  try {
    await work();
    progress.step({ id: name, label: name, state: 'done', ms: cli.clock.now() - since });
    return undefined;
  } catch (thrown) {
    progress.step({ id: name, label: name, state: 'failed', detail: messageOf(thrown) });
    return { thrown };
  }
}
