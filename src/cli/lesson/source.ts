import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lessonAssets, readLessonAsset } from '../../cluster/image/assets.ts';
import { isLessonName, type LessonSource } from '../../lessons/source.ts';
import { ShoalError } from '../../util/errors.ts';

/** The lessons that come with Shoal, from the checkout or out of the single executable. */
const shipped: LessonSource = {
  names: () => [...new Set(lessonAssets().map((file) => file.split('/')[2] ?? ''))].filter(isLessonName).sort(),
  read: (lesson, file) => readLessonAsset(`${lesson}/${file}`),
};

/** Lessons of an author: folders such as `01-mine` in `directory`. */
const inDirectory = (directory: string): LessonSource => ({
  names: () => readdirSync(directory).filter(isLessonName).sort(),
  read(lesson, file) {
    const path = join(directory, lesson, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  },
});

export function lessonSource(directory: string | undefined): LessonSource {
  if (directory === undefined) return shipped;
  if (existsSync(directory)) return inDirectory(directory);
  throw new ShoalError('LESSON_NOT_FOUND', `there is no folder ${directory}`, {
    next: 'Name the folder that holds your lessons after --from.',
  });
}
