import type { WatchEvent } from '../api/object.ts';
import { ApiError, fromStatus, type StatusReason } from '../api/status.ts';
import type { Status } from '../api/types/meta-v1.ts';

/** One call as the verbs phrase it; a transport carries it and gives back the decoded body. */
export interface ClientRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query: URLSearchParams;
  /** Of the body; default `application/json`. */
  contentType?: string;
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * How requests travel. `send` resolves to the decoded body of a success; `watch` yields events until the server ends it or
 * the request's signal aborts. Both fail with `ApiError` only. A watch that is left early (`break`) is closed.
 */
export interface Transport {
  send(request: ClientRequest): Promise<unknown>;
  watch(request: ClientRequest): AsyncIterable<WatchEvent>;
}

/** A fault below the API (refused, reset, unreadable answer) as the error that a caller may retry. */
export function transportError(message: string, cause?: unknown): ApiError {
  const error = new ApiError('ServiceUnavailable', message);
  error.cause = cause;
  return error;
}

/** What a bare code means (client-go: NewGenericServerResponse). */
const reasons: Partial<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** The error that a non-2xx answer carries; bodies that are no `Status` become one of the code alone. */
export function errorFromBody(code: number, body: unknown): ApiError {
  if (isStatus(body)) return fromStatus({ ...body, code: body.code ?? code });
  const text = typeof body === 'string' && body !== '' ? body.trim() : `the server answered ${code}`;
  return new ApiError(reasons[code] ?? '', text, undefined, code);
}

/** The error inside a watch's ERROR event. */
export const errorFromEvent = (object: unknown): ApiError => errorFromBody(500, object);

const isStatus = (body: unknown): body is Status =>
  typeof body === 'object' && body !== null && 'kind' in body && (body as { kind: unknown }).kind === 'Status';
