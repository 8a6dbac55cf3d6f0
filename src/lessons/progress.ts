import { kinds } from '../api/scheme.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import type { NodeMarks } from './node-marks.ts';

/** How far somebody is with a lesson in one cluster. */
export interface LessonProgress {
  /** The step that is being worked on, from 0; the number of steps once all are done. */
  step: number;
  /** Hints of this step that were shown. */
  hints: number;
  /** Steps whose solution was applied. */
  solved: number[];
  /** RFC 3339. */
  started: string;
  finished?: string;
  /** What the nodes were like before. */
  nodes: NodeMarks;
}

export interface Progress {
  /** The lesson that was started last. */
  current?: string;
  lessons: Record<string, LessonProgress>;
}

/** Where it is kept: in the cluster, so that whoever may look at the cluster sees how far it is. */
export const progressPlace = { namespace: 'shoal-system', name: 'shoal-lesson' } as const;
const currentKey = 'current';

export async function readProgress(client: Client): Promise<Progress> {
  const found = await client.get(kinds.ConfigMap, progressPlace.name, progressPlace.namespace).catch((thrown: unknown) => {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  });
  const { [currentKey]: current, ...rest } = found?.data ?? {};
  const lessons = Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, JSON.parse(text) as LessonProgress]));
  return current === undefined ? { lessons } : { current, lessons };
}

/** Keeps the progress of one lesson and makes it the current one; `undefined` forgets it. */
export async function writeProgress(client: Client, lesson: string, progress: LessonProgress | undefined): Promise<void> {
  const { namespace, name } = progressPlace;
  const data = progress === undefined ? await withoutLesson(client, lesson) : { [lesson]: JSON.stringify(progress), [currentKey]: lesson };
  if (data === undefined) return;
  await client.patch(kinds.ConfigMap, name, namespace, { data }).catch(async (thrown: unknown) => {
    if (!isNotFound(thrown)) throw thrown;
    await client.create(kinds.Namespace, { metadata: { name: namespace } }).catch(unlessPresent);
    await client.create(kinds.ConfigMap, { metadata: { name, namespace }, data: data as Record<string, string> });
  });
}

async function withoutLesson(client: Client, lesson: string): Promise<Record<string, null> | undefined> {
  const { current, lessons } = await readProgress(client);
  if (lessons[lesson] === undefined) return undefined;
  return { [lesson]: null, ...(current === lesson ? { [currentKey]: null } : {}) };
}

function unlessPresent(thrown: unknown): void {
  if (!isAlreadyExists(thrown)) throw thrown;
}
