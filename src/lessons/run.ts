import { isReady } from '../api/ready.ts';
import { kinds } from '../api/scheme.ts';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import type { Node } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import { applyManifests, clusterWide, findKind } from '../client/manifests.ts';
import type { Clock } from '../util/clock.ts';
import { ShoalError } from '../util/errors.ts';
import type { Lesson } from './lesson.ts';
import { readNodeMarks, restoreNodeMarks } from './node-marks.ts';
import { type LessonProgress, readProgress, writeProgress } from './progress.ts';
import type { Variables } from './variables.ts';

const fieldManager = 'shoal-lesson';

/** Nodes of both sorts carry it; tools know simulated ones by it. */
const simulatedLabel = 'type=simulated';

/** What lessons need to know of a cluster. */
export interface Surroundings {
  nodes: Node[];
  /** Every node is simulated. */
  simulated: boolean;
  /** The first worker; where there is none, the only node. */
  worker: string;
}

export async function lookAround(client: Client): Promise<Surroundings> {
  const [{ items: nodes }, { items: simulated }] = await Promise.all([
    client.list(kinds.Node),
    client.list(kinds.Node, { labelSelector: simulatedLabel }),
  ]);
  const names = (all: readonly Node[]): string[] => all.map(({ metadata }) => metadata.name ?? '').sort();
  const workers = nodes.filter(({ metadata }) => metadata.labels?.['node-role.kubernetes.io/control-plane'] === undefined);
  return { nodes, simulated: nodes.length > 0 && simulated.length === nodes.length, worker: names(workers)[0] ?? names(nodes)[0] ?? '' };
}

export const variablesOf = (lesson: Lesson, { worker }: Surroundings, cluster: string, gateway: URL | undefined): Variables => ({
  cluster,
  worker,
  namespace: lesson.namespace,
  gateway: gateway?.port ?? '8080',
});

/** Throws LESSON_NEEDS when the cluster lacks what the lesson cannot do without. */
export function checkNeeds({ name, needs }: Lesson, { nodes, simulated }: Surroundings): void {
  if (needs.real && simulated) {
    throw new ShoalError('LESSON_NEEDS', `${name} needs real nodes, and those of this cluster are simulated`, {
      next: 'Make another cluster with `shoal up --name real`, and name it with --name real.',
    });
  }
  const ready = nodes.filter(isReady).length;
  if (ready >= needs.nodes) return;
  throw new ShoalError('LESSON_NEEDS', `${name} needs ${needs.nodes} Ready nodes, and the cluster has ${ready}`, {
    next: 'Add one with `shoal node add`, or start those that are down with `shoal node start`.',
  });
}

/** Makes the lesson's namespace and what its setup holds. A lesson that was started already goes on where it was. */
export async function begin(lesson: Lesson, client: Client, clock: Clock): Promise<LessonProgress> {
  const present = (await readProgress(client)).lessons[lesson.name];
  const progress = present ?? {
    step: 0,
    hints: 0,
    solved: [],
    started: new Date(clock.now()).toISOString(),
    nodes: await readNodeMarks(client),
  };
  await client.create(kinds.Namespace, { metadata: { name: lesson.namespace } }).catch((thrown: unknown) => {
    if (!isAlreadyExists(thrown)) throw thrown;
  });
  // What the learner has changed of it since then stays as it is.
  if (present === undefined)
    for (const { content } of lesson.setup) await applyManifests(client, content, { namespace: lesson.namespace, fieldManager });
  await writeProgress(client, lesson.name, progress);
  return progress;
}

/** The lesson that is meant where nobody names one. Throws LESSON_NOT_STARTED. */
export async function startedLesson(client: Client, wanted: string | undefined): Promise<{ name: string; progress: LessonProgress }> {
  const { current, lessons } = await readProgress(client);
  const name = wanted ?? current;
  const progress = name === undefined ? undefined : lessons[name];
  if (name !== undefined && progress !== undefined) return { name, progress };
  throw new ShoalError('LESSON_NOT_STARTED', wanted === undefined ? 'no lesson has been started' : `${wanted} has not been started`, {
    next: `Start it with \`shoal lesson start ${wanted ?? 'NAME'}\`; \`shoal lesson list\` shows what there is.`,
  });
}

/** The step is done: on to the next, with hints of its own. */
export async function advance(lesson: Lesson, progress: LessonProgress, client: Client, clock: Clock): Promise<LessonProgress> {
  const step = Math.min(progress.step + 1, lesson.steps.length);
  const finished = step === lesson.steps.length ? { finished: new Date(clock.now()).toISOString() } : {};
  const next = { ...progress, step, hints: 0, ...finished };
  await writeProgress(client, lesson.name, next);
  return next;
}

/**
 * Takes back all that the lesson and its learner made: the namespace, cluster-wide objects, labels, taints and cordons of
 * nodes. Resolves when the namespace is gone. Nodes that were switched off are the caller's to start.
 */
export async function takeBack(lesson: Lesson, client: Client, signal: AbortSignal): Promise<void> {
  const progress = (await readProgress(client)).lessons[lesson.name];
  if (progress !== undefined) await restoreNodeMarks(client, progress.nodes);
  for (const { apiVersion, kind: kindName, name } of lesson.owns) {
    const kind = await findKind(client, kindName, apiVersion);
    if (kind !== undefined) await client.delete(kind, name).catch(unlessGone);
  }
  for (const { content } of lesson.setup) {
    for (const { kind, name } of await clusterWide(client, content)) await client.delete(kind, name).catch(unlessGone);
  }
  await client.delete(kinds.Namespace, lesson.namespace).catch(unlessGone);
  await gone(client, lesson.namespace, signal);
  await writeProgress(client, lesson.name, undefined);
}

async function gone(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  const fieldSelector = `metadata.name=${namespace}`;
  for (;;) {
    signal.throwIfAborted();
    const { items, metadata } = await client.list(kinds.Namespace, { fieldSelector });
    if (items.length === 0) return;
    const { resourceVersion = '' } = metadata;
    for await (const { type } of client.watch(kinds.Namespace, { fieldSelector, signal, resourceVersion })) if (type === 'DELETED') return;
  }
}

function unlessGone(thrown: unknown): void {
  if (!isNotFound(thrown)) throw thrown;
}
