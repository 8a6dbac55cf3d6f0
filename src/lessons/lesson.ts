/** What a lesson is, once its folder has been read; `docs/lesson-authors.md` says the same to authors. */
export interface Lesson {
  /** The folder's name: two digits and a name, such as `03-pods`. */
  name: string;
  /** Everything of the lesson lives here: `lesson-03`. */
  namespace: string;
  title: string;
  /** What the learner can do afterwards, in one sentence. */
  goal: string;
  minutes: number;
  needs: Needs;
  /** Manifests that `start` applies. */
  setup: LessonFile[];
  /** Files that the learner works with. */
  files: LessonFile[];
  /** Cluster-wide objects that the learner makes, which `reset` removes. */
  owns: ObjectName[];
  steps: Step[];
}

export interface Needs {
  /** Ready nodes, at least. */
  nodes: number;
  /** Nodes that run containers; simulated ones will not do. */
  real: boolean;
  /** Images that real nodes must have. */
  images: string[];
}

export interface LessonFile {
  name: string;
  content: string;
}

export interface ObjectName {
  apiVersion?: string;
  kind: string;
  name: string;
}

export interface Step {
  /** Markdown; its first heading is the title. */
  text: string;
  title: string;
  checks: Check[];
  /** Each says more than the one before it. */
  hints: string[];
  /** Shell commands (`sh`), run in a folder with `files`. */
  solution: string[];
}

/** What must hold of the values that were found. */
export interface Expectation {
  equals?: string | number | boolean;
  atLeast?: number;
  atMost?: number;
  matches?: string;
  exists?: true;
  absent?: true;
  count?: number;
  /** At least so many different ones. */
  distinct?: number;
}

export interface ObjectCheck extends Expectation {
  object: { apiVersion?: string; kind: string; name?: string; namespace?: string; selector?: string; fieldSelector?: string };
  /** A JSON path as kubectl's `-o jsonpath` has it; without one the objects themselves are counted. */
  field?: string;
}

export interface HttpCheck {
  http: {
    /** A Service of the lesson's namespace, reached through the gateway. */
    service: string;
    path?: string;
    status?: number;
    /** A regular expression for the body. */
    matches?: string;
    /** So many different values of `of`, a regular expression with one group, in several answers. */
    distinct?: number;
    of?: string;
  };
}

export interface EventCheck {
  event: {
    /** `Pod/web`, or a kind alone. */
    for: string;
    reason?: string;
    contains?: string;
    /** Times that it happened; default 1. */
    atLeast?: number;
  };
}

export interface LogCheck {
  log: { pod?: string; selector?: string; container?: string; previous?: boolean; contains: string };
}

export type Check = (ObjectCheck | HttpCheck | EventCheck | LogCheck) & {
  /** A sentence that is true when the check passes. */
  name: string;
  /** What to say instead of the generated expectation. */
  expected?: string;
  /** A command that shows more. */
  look?: string;
  /** How long it may take to come true, milliseconds. */
  eventuallyMs: number;
  /** Only on real nodes: elsewhere it is skipped. */
  real: boolean;
};

export interface Outcome {
  name: string;
  state: 'passed' | 'failed' | 'skipped';
  expected: string;
  seen: string;
  look?: string;
}

/** Whether a step is done: nothing failed. */
export const allPassed = (outcomes: readonly Outcome[]): boolean => outcomes.every(({ state }) => state !== 'failed');
