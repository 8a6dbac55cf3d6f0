/** Where lessons come from: the repository, the single executable, or an author's own folder. */
export interface LessonSource {
  /** Names of the lesson folders, in order. */
  names(): string[];
  /** A file of a lesson's folder; undefined when there is none. */
  read(lesson: string, file: string): string | undefined;
}

const numbered = /^\d\d-[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** Whether a folder's name is one of a lesson: two digits, a dash, a name. */
export const isLessonName = (name: string): boolean => numbered.test(name);

/** The lesson that a user means by `03-pods`, `pods`, `03` or `3`. */
export const namedLesson = (names: readonly string[], wanted: string): string | undefined =>
  names.find((name) => name === wanted || name.slice(3) === wanted || name.slice(0, 2) === wanted.padStart(2, '0'));
