import type { ApiRequest, ApiResponse } from '../api/http.ts';
import { ApiError } from '../api/status.ts';
import type { UserInfo } from '../apiserver/auth/user.ts';
import type { PathHandler } from '../apiserver/handle.ts';
import { indentedJson } from '../apiserver/health.ts';
import type { StatePaths } from '../apiserver/state/paths.ts';
import type { DecisionRecord } from '../scheduler/decision-record.ts';
import { answerState, answerTimeline, statePath, timelinePath } from '../timeline/answer.ts';
import type { TimelineRecord } from '../timeline/timeline.ts';
import type { Clock } from '../util/clock.ts';

/** The parts of a control plane that answer below `/shoal/v1/` (docs/decisions/0012-shoal-api.md). */
export interface ShoalParts {
  decisions: DecisionRecord;
  state: StatePaths;
  /** Absent where nothing is recorded. */
  timeline: TimelineRecord | undefined;
  clock: Clock;
}

/** What a path's template took from the request: `{name}` → one decoded segment. */
export type PathParameters = Readonly<Record<string, string>>;

export interface ShoalPath {
  method: ApiRequest['method'];
  /** `{name}` stands for one segment. */
  path: `/shoal/v1/${string}`;
  /** Fails with `ApiError`, as everything that answers requests does. */
  answer(parameters: PathParameters, request: ApiRequest, user: UserInfo): Promise<ApiResponse> | ApiResponse;
}

/** Every path, one row each. A part adds its own here. */
const rows = ({ decisions, state, timeline, clock }: ShoalParts): readonly ShoalPath[] => [
  {
    method: 'GET',
    path: '/shoal/v1/scheduling/namespaces/{namespace}/pods/{name}',
    answer({ namespace = '', name = '' }) {
      const record = decisions.get(namespace, name);
      if (record === undefined) throw new ApiError('NotFound', `the scheduler has no record of pod "${namespace}/${name}"`);
      return indentedJson(record);
    },
  },
  { method: 'GET', path: '/shoal/v1/state', answer: () => state.save() },
  { method: 'POST', path: '/shoal/v1/state/uploads/{name}', answer: ({ name = '' }, request) => state.upload(name, request) },
  { method: 'POST', path: '/shoal/v1/state/uploads/{name}/restore', answer: ({ name = '' }) => state.restore(name) },
  { method: 'POST', path: '/shoal/v1/reset-point', answer: () => state.mark() },
  { method: 'POST', path: '/shoal/v1/reset', answer: () => state.reset() },
  { method: 'GET', path: timelinePath, answer: (_, request) => answerTimeline(recorded(timeline), request, clock) },
  { method: 'GET', path: statePath, answer: (_, request) => answerState(recorded(timeline), request, clock) },
];

function recorded(timeline: TimelineRecord | undefined): TimelineRecord {
  if (timeline === undefined) throw new ApiError('NotFound', 'this cluster records no timeline');
  return timeline;
}

/** The handlers to give to `createApiServer({ paths })`. */
export function shoalPaths(parts: ShoalParts): PathHandler[] {
  const templates = rows(parts).map((row) => ({ row, segments: row.path.split('/') }));
  return [
    (request, user) => {
      if (!request.path.startsWith('/shoal/v1/')) return undefined;
      const segments = request.path.split('/');
      let known = false;
      for (const { row, segments: template } of templates) {
        const parameters = matched(template, segments);
        if (parameters === undefined) continue;
        known = true;
        if (row.method === request.method) return row.answer(parameters, request, user);
      }
      if (known) throw new ApiError('MethodNotAllowed', `the server does not allow ${request.method} on ${request.path}`);
      return undefined;
    },
  ];
}

function matched(template: readonly string[], segments: readonly string[]): PathParameters | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, expected] of template.entries()) {
    const segment = segments[i] ?? '';
    const name = /^\{(\w+)\}$/.exec(expected)?.[1];
    if (name === undefined && expected !== segment) return undefined;
    if (name === undefined) continue;
    try {
      parameters[name] = decodeURIComponent(segment);
    } catch {
      return undefined;
    }
  }
  return parameters;
}
