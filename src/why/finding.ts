import type { FindingCode } from './codes.ts';

/** An object by its kind's name (`Pod`, `Deployment`; see kinds.ts for the short forms that people type). */
export interface ObjectRef {
  kind: string;
  name: string;
  /** Absent for kinds without namespaces. */
  namespace?: string;
}

/**
 * - `error`: does not work, and will not by itself.
 * - `warning`: on its way, or works in part.
 * - `info`: how it came to be as it is; nothing is wrong.
 */
export type Severity = 'error' | 'warning' | 'info';

/** What the cluster says that bears a finding out. */
export type Evidence =
  | { readonly type: 'fact'; readonly text: string }
  | { readonly type: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly type: 'log'; readonly title: string; readonly lines: readonly string[] };

/** One thing that is the matter with an object. */
export interface Finding {
  /** What the matter is with; not always what was asked about (a Deployment's pod). */
  readonly object: ObjectRef;
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One sentence that answers "why?". */
  readonly message: string;
  readonly evidence: readonly Evidence[];
  /** What would make it fit or work, the nearest first; commands where one does it. */
  readonly fix: readonly string[];
  /** What it comes from: the trouble of one of its pods, say. The message has it in words already. */
  readonly because?: Finding;
}

/** Why an object is as it is. */
export interface Explanation {
  readonly object: ObjectRef;
  /** No error and no warning was found. */
  readonly healthy: boolean;
  /** One sentence: the gravest finding's message, or what is well. */
  readonly answer: string;
  /** The gravest first. */
  readonly findings: readonly Finding[];
}

export const fact = (text: string): Evidence => ({ type: 'fact', text });

/** What a finding comes from in the end: a Deployment's pod, or the finding itself. */
export const rootOf = (finding: Finding): Finding => (finding.because === undefined ? finding : rootOf(finding.because));
