import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Lesson } from '../../lessons/lesson.ts';

/** The folder with a lesson's files, below `parent`: lessons name them as `03-pods/pod.yaml`. */
const folder = (lesson: Lesson, parent: string): string => join(parent, lesson.name);

/** Writes the lesson's files; what a learner has changed stays. Resolves to their paths. */
export async function writeFiles(lesson: Lesson, parent: string): Promise<string[]> {
  const paths = lesson.files.map(({ name }) => join(folder(lesson, parent), name));
  for (const [index, { content }] of lesson.files.entries()) {
    const path = paths[index] ?? '';
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' }).catch(unless('EEXIST'));
  }
  return paths;
}

/** Removes the files that nobody has changed, and the folder when nothing is left in it. */
export async function removeFiles(lesson: Lesson, parent: string): Promise<void> {
  for (const { name, content } of lesson.files) {
    const path = join(folder(lesson, parent), name);
    const present = await readFile(path, 'utf8').catch(unless('ENOENT'));
    if (present === content) await rm(path);
  }
  if (lesson.files.length > 0) await rmdir(folder(lesson, parent)).catch(unless('ENOENT', 'ENOTEMPTY', 'EEXIST'));
}

const unless =
  (...codes: string[]) =>
  (thrown: unknown): undefined => {
    if (thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code))) return undefined;
    throw thrown;
  };
