import { withAdmin } from '../../cluster/access.ts';
import type { ClusterDriver } from '../../cluster/driver.ts';
import { type AttendeeReport, attendeeReport } from '../../lessons/attendee.ts';
import { loadLesson } from '../../lessons/load.ts';
import { delay } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import { type CliContext, withClusters } from '../context.ts';
import { lessonSource } from '../lesson/source.ts';
import { outputFormat, printJson, table } from '../output.ts';
import { type ClassroomFlags, clustersOfClass, DEFAULT_CLASS } from './attendees.ts';

export interface Attendee {
  name: string;
  state: 'running' | 'stopped' | 'partial' | 'unreachable';
  /** What keeps it from being asked. */
  problem?: string;
  report?: AttendeeReport;
}

/** How long a cluster may take to answer before it counts as unreachable, and how often a live table is brought up to date; milliseconds. */
const answerMs = 5_000;
const refreshMs = 2_000;

/** Every attendee's cluster, asked at the same time. */
export async function lookAtClass(cli: CliContext, clusters: ClusterDriver, className: string | undefined): Promise<Attendee[]> {
  const names = await clustersOfClass(clusters, className);
  return Promise.all(
    names.map(async (name): Promise<Attendee> => {
      try {
        const { state } = await clusters.status(name);
        if (state === 'stopped') return { name, state };
        const late = delay(cli.clock, answerMs, cli.signal).then(() => Promise.reject(new Error(`no answer in ${answerMs / 1000} s`)));
        const report = await Promise.race([withAdmin(cli, await clusters.access(name), attendeeReport), late]);
        return { name, state, report };
      } catch (thrown) {
        return { name, state: 'unreachable', problem: messageOf(thrown) };
      }
    }),
  );
}

/** `✓` done, the number of the step that is worked on, `·` not begun; one column a lesson. */
const lessonColumn = (report: AttendeeReport, lessons: readonly string[]): string =>
  lessons
    .map((name) => (report.lessons[name] === undefined ? '·' : report.lessons[name].finished ? '✓' : String(report.lessons[name].step)))
    .join('');

const now = ({ current, lessons }: AttendeeReport): string => {
  const progress = current === undefined ? undefined : lessons[current];
  if (current === undefined || progress === undefined) return '';
  if (progress.finished) return `${current} done`;
  const help = [progress.hints > 0 ? `${progress.hints} hints` : '', progress.solved > 0 ? `${progress.solved} solved` : ''].filter(
    (one) => one !== '',
  );
  return `${current} step ${progress.step}${help.length === 0 ? '' : ` (${help.join(', ')})`}`;
};

export function classTable(attendees: readonly Attendee[], lessons: readonly string[]): string {
  const rows = attendees.map(({ name, state, problem, report }) => {
    if (report === undefined) return [name, state, '', '', '', problem ?? ''];
    const { nodes, pods } = report;
    const health = pods.failing === 0 ? `${pods.total}` : `${pods.total}, ${pods.failing} failing`;
    return [name, state, `${nodes.ready}/${nodes.total}`, health, lessonColumn(report, lessons), now(report)];
  });
  return table(['ATTENDEE', 'CLUSTER', 'NODES', 'PODS', 'LESSONS', 'NOW'], rows);
}

/** `shoal classroom status`. */
export async function classroomStatus(cli: CliContext, flags: ClassroomFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const source = lessonSource(undefined);
  const lessons = source.names().filter((name) => loadLesson(source, name).steps.length > 0);
  await withClusters(cli, { ...flags, quiet: true }, async (clusters) => {
    const look = (): Promise<Attendee[]> => lookAtClass(cli, clusters, flags.class);
    if (flags.watch === true) return watch(cli, look, lessons);
    const attendees = await look();
    if (format === 'json') printJson(cli, attendees);
    else if (format === 'name') cli.stdout.write(attendees.map(({ name }) => `${name}\n`).join(''));
    else if (attendees.length === 0)
      cli.stdout.write(`There is no class ${flags.class ?? DEFAULT_CLASS}. Make one with: shoal classroom up --attendees 12\n`);
    else cli.stdout.write(classTable(attendees, lessons));
  });
}

/** A live table on a terminal; in a pipe it is printed again whenever it has changed. Ends with Ctrl-C. */
async function watch(cli: CliContext, look: () => Promise<Attendee[]>, lessons: readonly string[]): Promise<void> {
  const live = cli.stdout === process.stdout && process.stdout.isTTY;
  const screen = live ? (await import('../screens/classroom.ts')).classroomScreen() : undefined;
  const ending = screen === undefined ? cli.signal : AbortSignal.any([cli.signal, screen.left]);
  const ended = new Promise<undefined>((resolve) => ending.addEventListener('abort', () => resolve(undefined), { once: true }));
  let last = '';
  while (!ending.aborted) {
    // Who leaves does not wait for a cluster that is slow to answer.
    const attendees = await Promise.race([look(), ended]);
    if (attendees === undefined) break;
    const text = classTable(attendees, lessons);
    if (text !== last) (screen?.show ?? ((shown: string) => void cli.stdout.write(`${shown}\n`)))(text);
    last = text;
    await delay(cli.clock, refreshMs, ending).catch(() => undefined);
  }
  await screen?.close();
}
