import { describe, expect, test } from 'vitest';
import {
  duplicate,
  errorText,
  type FieldError,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  toInvalid,
  tooLong,
  tooMany,
} from '../../../src/api/validation/field-error.ts';
import { kinds } from './objects.ts';

test.each<[FieldError, string]>([
  [required('spec.a'), 'spec.a: Required value'],
  [required('spec.a', 'why'), 'spec.a: Required value: why'],
  [invalid('spec.a', 'x', 'bad'), 'spec.a: Invalid value: "x": bad'],
  [invalid('spec.a', 3, 'bad'), 'spec.a: Invalid value: 3: bad'],
  [invalid('spec.a', undefined, 'bad'), 'spec.a: Invalid value: null: bad'],
  [invalid('spec.a', { matchLabels: { a: 'b' } }, 'bad'), 'spec.a: Invalid value: {"matchLabels":{"a":"b"}}: bad'],
  [notSupported('spec.a', 'x', ['A', 'B']), 'spec.a: Unsupported value: "x": supported values: "A", "B"'],
  [duplicate('spec.a', 'x'), 'spec.a: Duplicate value: "x"'],
  [forbidden('spec.a', 'no'), 'spec.a: Forbidden: no'],
  [notFound('spec.a', 'x'), 'spec.a: Not found: "x"'],
  [tooLong('spec.a', 10), 'spec.a: Too long: may not be more than 10 bytes'],
  [tooLong('spec.a', 1), 'spec.a: Too long: may not be more than 1 byte'],
  [tooMany('spec.a', 11, 10), 'spec.a: Too many: 11: must have at most 10 items'],
])('%o reads as upstream writes it', (error, text) => {
  expect(errorText(error)).toBe(text);
});

describe('the 422', () => {
  test('names the kind with its group, and the one problem', () => {
    const error = toInvalid(kinds.Deployment, 'web', [required('spec.selector')]);
    expect(error.toStatus()).toMatchObject({
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: 'Deployment.apps "web" is invalid: spec.selector: Required value',
      details: {
        name: 'web',
        group: 'apps',
        kind: 'Deployment',
        causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' }],
      },
    });
  });

  test('lists several problems once each', () => {
    const errors = [required('a'), invalid('b', 1, 'x'), required('a')];
    const error = toInvalid(kinds.Pod, 'p', errors);
    expect(error.message).toBe('Pod "p" is invalid: [a: Required value, b: Invalid value: 1: x]');
    expect(error.details?.causes).toHaveLength(3);
    expect(error.details).not.toHaveProperty('group');
  });
});
