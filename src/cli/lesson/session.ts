import type { Client } from '../../client/client.ts';
import { createHttpsClient } from '../../client/https.ts';
import type { ClusterAccess, ClusterStatus } from '../../cluster/context.ts';
import type { ClusterDriver } from '../../cluster/driver.ts';
import type { Ground } from '../../lessons/checks/ground.ts';
import type { Lesson } from '../../lessons/lesson.ts';
import { loadLesson } from '../../lessons/load.ts';
import type { LessonProgress } from '../../lessons/progress.ts';
import { lookAround, type Surroundings, startedLesson, variablesOf } from '../../lessons/run.ts';
import { namedLesson } from '../../lessons/source.ts';
import { substitute } from '../../lessons/variables.ts';
import { ShoalError } from '../../util/errors.ts';
import { existingCluster } from '../commands/command.ts';
import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { lessonSource } from './source.ts';

export interface LessonFlags extends GlobalOptions {
  name?: string;
  kubeconfig?: string;
  /** An author's folder of lessons. */
  from?: string;
  output?: string;
  /** Where the lesson's files are put. */
  dir?: string;
}

/** A cluster that lessons are worked on in. */
export interface Session {
  status: ClusterStatus;
  access: ClusterAccess;
  client: Client;
  around: Surroundings;
  gateway: URL;
}

/** Runs `work` with a client of the cluster that the flags mean. Throws CLUSTER_NOT_FOUND, CLUSTER_NOT_RUNNING. */
export async function withSession<T>(cli: CliContext, flags: LessonFlags, work: (session: Session) => Promise<T>): Promise<T> {
  const { status, access } = await withClusters(cli, flags, async (clusters) =>
    found(clusters, await existingCluster(cli, clusters, flags.name)),
  );
  if (status.state === 'stopped') {
    throw new ShoalError('CLUSTER_NOT_RUNNING', `the cluster ${status.name} is stopped`, {
      next: `Start it with \`shoal start ${status.name}\`.`,
    });
  }
  const client = createHttpsClient({ ...access, clock: cli.clock, userAgent: 'shoal' });
  try {
    return await work({ status, access, client, around: await lookAround(client), gateway: new URL(status.gateway.url) });
  } finally {
    client.close();
  }
}

const found = async (clusters: ClusterDriver, cluster: string) => ({
  status: await clusters.status(cluster),
  access: await clusters.access(cluster),
});

/** The lesson as it reads in this cluster. */
export function lessonIn(session: Session, flags: LessonFlags, wanted: string): Lesson {
  const lesson = loadLesson(lessonSource(flags.from), wanted);
  return substitute(lesson, variablesOf(lesson, session.around, session.status.name, session.gateway));
}

export const groundOf = (session: Session, lesson: Lesson, cli: CliContext): Ground => ({
  client: session.client,
  clock: cli.clock,
  namespace: lesson.namespace,
  gateway: session.gateway,
  simulated: session.around.simulated,
});

/** The lesson that is named, or else the one that was started last, and how far it is. Throws LESSON_NOT_STARTED. */
export async function current(
  session: Session,
  flags: LessonFlags,
  wanted: string | undefined,
): Promise<{ lesson: Lesson; progress: LessonProgress }> {
  const name = wanted === undefined ? undefined : (namedLesson(lessonSource(flags.from).names(), wanted) ?? wanted);
  const started = await startedLesson(session.client, name);
  return { lesson: lessonIn(session, flags, started.name), progress: started.progress };
}
