import type { Status, StatusCause } from './types/meta-v1.ts';

/** Reasons of `metav1.Status` (apimachinery pkg/apis/meta/v1/types.go) with the HTTP code that goes with each. */
export const statusCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  ServerTimeout: 500,
} as const satisfies Record<string, number>;
export type StatusReason = keyof typeof statusCodes;

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** A Kubernetes API failure. Thrown by the API server's parts and by every `Client`, with the same fields either way. */
export class ApiError extends Error {
  readonly reason: StatusReason | '';
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(reason: StatusReason | '', message: string, details?: StatusDetails, code?: number) {
    super(message);
    this.name = 'ApiError';
    this.reason = reason;
    this.code = code ?? (reason === '' ? 500 : statusCodes[reason]);
    this.details = details;
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** Upstream: errors.NewInternalError. */
export const internalError = (text: string): ApiError =>
  new ApiError('InternalError', `Internal error occurred: ${text}`, { causes: [{ message: text }] });

/** Rebuilds the error from a `Status` body. */
export const fromStatus = (status: Status): ApiError =>
  new ApiError((status.reason ?? '') as StatusReason | '', status.message ?? '', status.details as StatusDetails | undefined, status.code);

export const isReason = (thrown: unknown, reason: StatusReason): thrown is ApiError =>
  thrown instanceof ApiError && thrown.reason === reason;
export const isNotFound = (thrown: unknown): thrown is ApiError => isReason(thrown, 'NotFound');
export const isConflict = (thrown: unknown): thrown is ApiError => isReason(thrown, 'Conflict');
export const isAlreadyExists = (thrown: unknown): thrown is ApiError => isReason(thrown, 'AlreadyExists');
