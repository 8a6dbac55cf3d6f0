import { escaped } from '../go-text.ts';
import type { Kind } from '../kind.ts';
import { groupKind } from '../kind-table.ts';
import { ApiError } from '../status.ts';
import type { StatusCause } from '../types/meta-v1.ts';

/** The error types of apimachinery's field package: the text before the value, and the reason in a Status cause. */
const types = {
  NotFound: { text: 'Not found', reason: 'FieldValueNotFound', showsValue: true },
  Internal: { text: 'Internal error', reason: 'InternalError', showsValue: false },
  Required: { text: 'Required value', reason: 'FieldValueRequired', showsValue: false },
  Duplicate: { text: 'Duplicate value', reason: 'FieldValueDuplicate', showsValue: true },
  Invalid: { text: 'Invalid value', reason: 'FieldValueInvalid', showsValue: true },
  NotSupported: { text: 'Unsupported value', reason: 'FieldValueNotSupported', showsValue: true },
  Forbidden: { text: 'Forbidden', reason: 'FieldValueForbidden', showsValue: false },
  TooLong: { text: 'Too long', reason: 'FieldValueTooLong', showsValue: false },
  TooMany: { text: 'Too many', reason: 'FieldValueTooMany', showsValue: true },
  TypeInvalid: { text: 'Invalid value', reason: 'FieldValueTypeInvalid', showsValue: true },
} as const;

export interface FieldError {
  type: keyof typeof types;
  /** Such as `spec.containers[0].image`. */
  field: string;
  /** Absent where upstream shows none. */
  value?: unknown;
  detail: string;
  /** The object was as bad before: the caller is warned, the request goes on. */
  tolerated?: boolean;
}
/** What the rules yield; a rule is a generator, so that rules nest with `yield*`. */
export type Errors = Iterable<FieldError>;

export const required = (field: string, detail = ''): FieldError => ({ type: 'Required', field, detail });
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'Invalid',
  field,
  value: value ?? null,
  detail,
});
export const forbidden = (field: string, detail: string): FieldError => ({ type: 'Forbidden', field, detail });
export const duplicate = (field: string, value: unknown): FieldError => ({ type: 'Duplicate', field, value, detail: '' });
export const notFound = (field: string, value: unknown): FieldError => ({ type: 'NotFound', field, value, detail: '' });
export const internal = (field: string, detail: string): FieldError => ({ type: 'Internal', field, detail });
export const tooLong = (field: string, maximum: number): FieldError => ({
  type: 'TooLong',
  field,
  detail: `may not be more than ${maximum} ${maximum === 1 ? 'byte' : 'bytes'}`,
});
export const tooMany = (field: string, actual: number, maximum: number): FieldError => ({
  type: 'TooMany',
  field,
  value: actual,
  detail: `must have at most ${maximum} ${maximum === 1 ? 'item' : 'items'}`,
});
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'NotSupported',
  field,
  value: value === undefined ? '' : value,
  detail: supported.length === 0 ? '' : `supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`,
});

const shown = (value: unknown): string => (typeof value === 'object' ? escaped(JSON.stringify(value)) : JSON.stringify(value));

/** The error without its field: `Invalid value: "x": must be …`. */
export function errorBody({ type, value, detail }: FieldError): string {
  const { text, showsValue } = types[type];
  // Values are shown as JSON (since 1.34), and so is an absent one: null without quotes.
  const head = showsValue && value !== undefined ? `${text}: ${shown(value)}` : text;
  return detail === '' ? head : `${head}: ${detail}`;
}

export const errorText = (error: FieldError): string => `${error.field}: ${errorBody(error)}`;

/** Nobody reads more, and a body of nothing but mistakes would make an answer many times its size. */
const mostErrors = 1000;
/** The same of errors that show large values: whatever they are of, the first one is shown. */
const mostErrorText = 1024 * 1024;

/** Adds what rules find. Problems past the first thousand are not looked for; false says that there are as many. */
export function addErrors(errors: FieldError[], rules: Errors): boolean {
  if (errors.length >= mostErrors) return false;
  for (const error of rules) if (errors.push(error) >= mostErrors) return false;
  return true;
}

/** The problems that rules find, as {@link addErrors} limits them. */
export function gather(...rules: Errors[]): FieldError[] {
  const errors: FieldError[] = [];
  rules.every((rule) => addErrors(errors, rule));
  return errors;
}

/** The 422 that upstream's NewInvalid makes: every problem in the message and as a cause. */
export function toInvalid(kind: Pick<Kind, 'group' | 'kind'>, name: string, errors: readonly FieldError[]): ApiError {
  const causes: StatusCause[] = [];
  let length = 0;
  for (const error of errors) {
    const message = errorBody(error);
    causes.push({ reason: types[error.type].reason, message, field: error.field });
    length += message.length;
    if (causes.length >= mostErrors || length >= mostErrorText) break;
  }
  const texts = [...new Set(causes.map(({ field, message }) => `${field}: ${message}`))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const head = `${groupKind(kind)} ${JSON.stringify(name)} is invalid`;
  return new ApiError('Invalid', causes.length === 0 ? head : `${head}: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes,
  });
}
