import { loadImages } from '../../cluster/cluster.ts';
import { mergeKubeconfig } from '../../cluster/kubeconfig.ts';
import { websiteImages } from '../../cluster/sample.ts';
import type { Lesson } from '../../lessons/lesson.ts';
import { loadLesson } from '../../lessons/load.ts';
import type { LessonProgress } from '../../lessons/progress.ts';
import { begin, checkNeeds } from '../../lessons/run.ts';
import { ShoalError } from '../../util/errors.ts';
import { up } from '../commands/up.ts';
import { confirm } from '../confirm.ts';
import { type CliContext, withCluster } from '../context.ts';
import { writeFiles } from './files.ts';
import { groundOf, type LessonFlags, lessonIn, type Session, withSession } from './session.ts';
import { howToGetKubectl, isInstalled } from './solve.ts';
import { lessonSource } from './source.ts';
import { opening, stepText } from './text.ts';

export interface StartFlags extends LessonFlags {
  /** Make a cluster when there is none. */
  up?: boolean;
  simulate?: boolean;
  plain?: boolean;
}

/** `shoal lesson start NAME`. */
export async function start(cli: CliContext, wanted: string, flags: StartFlags): Promise<void> {
  // Before a cluster is made for it.
  loadLesson(lessonSource(flags.from), wanted);
  await withSession(cli, flags, (session) => startIn(cli, session, wanted, flags)).catch(async (thrown: unknown) => {
    if (!(thrown instanceof ShoalError) || thrown.code !== 'CLUSTER_NOT_FOUND') throw thrown;
    await makeCluster(cli, flags, thrown);
    await withSession(cli, flags, (session) => startIn(cli, session, wanted, flags));
  });
}

/** Asks first on a terminal; elsewhere `--up` has to say so. */
async function makeCluster(cli: CliContext, flags: StartFlags, missing: ShoalError): Promise<void> {
  const asked = cli.stderr.isTTY === true && flags.up !== true;
  const wanted = flags.up === true || (asked && (await confirm(cli, 'There is no cluster. Make one now?')));
  if (!wanted) {
    throw new ShoalError('CLUSTER_NOT_FOUND', missing.message, {
      next: 'Make one with `shoal up`, or let this command do so with --up.',
      cause: missing,
    });
  }
  await up(cli, flags);
}

async function startIn(cli: CliContext, session: Session, wanted: string, flags: StartFlags): Promise<void> {
  const lesson = lessonIn(session, flags, wanted);
  checkNeeds(lesson, session.around);
  if (!session.around.simulated) await provideImages(cli, flags, session.status.name, lesson.needs.images);
  const progress = await begin(lesson, session.client, cli.clock);
  const place = { env: cli.env, ...(flags.kubeconfig === undefined ? {} : { explicit: flags.kubeconfig }) };
  const kubeconfig = await mergeKubeconfig({ ...session.access, namespace: lesson.namespace }, place);
  const files = await writeFiles(lesson, flags.dir ?? '.');
  const notes = [
    `kubectl works in the cluster ${session.status.name}, in the namespace ${lesson.namespace} (${fromHome(cli, kubeconfig)}).`,
    ...(files.length === 0 ? [] : [`Files of this lesson: ${files.join(', ')}.`]),
    ...(session.around.simulated ? ['The nodes are simulated: steps about what a container says or serves are skipped.'] : []),
    ...(isInstalled('kubectl', cli.env) ? [] : [`kubectl is not installed. ${howToGetKubectl}`]),
  ];
  await show(cli, session, lesson, progress, notes, flags);
}

/** `~/.kube/config` rather than where that is on this machine. */
function fromHome({ env }: CliContext, path: string): string {
  const home = env['HOME'];
  return home !== undefined && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

/** Beside the live picture on a terminal; in a pipe, or with `--plain`, as Markdown. */
async function show(
  cli: CliContext,
  session: Session,
  lesson: Lesson,
  progress: LessonProgress,
  notes: readonly string[],
  flags: StartFlags,
): Promise<void> {
  const screen = cli.stdout === process.stdout && process.stdout.isTTY && cli.env['TERM'] !== 'dumb' && flags.plain !== true;
  if (!screen) {
    cli.stdout.write(`${opening(lesson)}\n${notes.map((note) => `> ${note}\n`).join('')}\n${stepText(lesson, progress.step)}\n`);
    return;
  }
  const { runLessonScreen } = await import('../screens/lesson/run.ts');
  const ground = groundOf(session, lesson, cli);
  const color = cli.env['NO_COLOR'] === undefined;
  await runLessonScreen({ lesson, progress, ground, notes, color, log: cli.log, signal: cli.signal });
  cli.stdout.write(`Go on with: shoal lesson start ${lesson.name}\nRemove all of it with: shoal lesson reset ${lesson.name}\n`);
}

/** Real nodes pull nothing: the sample is built here, and everything is copied to the nodes that lack it. */
async function provideImages(cli: CliContext, flags: StartFlags, cluster: string, images: readonly string[]): Promise<void> {
  if (images.length === 0) return;
  await withCluster(cli, flags, async (context) => {
    if (images.some((image) => websiteImages.includes(image))) await context.images.website(cli.signal);
    await loadImages(context, cluster, images);
  });
}
