import { describe, expect, it } from 'vitest';
import {
  addQuantity,
  compareQuantity,
  formatQuantity,
  milliQuantity,
  milliValue,
  parseQuantity,
  quantityOf,
  quantityToNumber,
  subQuantity,
} from '../../../src/api/quantity.ts';

describe('formatQuantity', () => {
  it.each([
    ['0', '0'],
    ['0Ki', '0'],
    ['1', '1'],
    ['0.5', '500m'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1023Ki', '1023Ki'],
    ['1000Ki', '1000Ki'],
    ['0.5Ki', '512'],
    ['0.0005Ki', '512m'],
    ['1000k', '1M'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12e-3', '12e-3'],
    ['100e2', '10e3'],
    ['1E', '1E'],
    ['1Ei', '1Ei'],
    ['-1', '-1'],
    ['-500m', '-500m'],
    ['+3', '3'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['1u', '1u'],
    ['123456789', '123456789'],
    ['9223372036854775807', '9223372036854775807'],
    ['99E', '9223372036854775807'],
    ['8Ei', '9223372036854775807'],
  ])('%s is canonically %s', (text, canonical) => {
    expect(formatQuantity(text)).toBe(canonical);
    expect(formatQuantity(canonical)).toBe(canonical);
    expect(compareQuantity(text, canonical)).toBe(0);
  });
});

describe('parseQuantity', () => {
  const form = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const suffix = "unable to parse quantity's suffix";
  it.each([
    ['', form],
    ['.', form],
    ['abc', form],
    ['1 ', form],
    ['1.2.3', form],
    ['--1', form],
    ['1Kb', form],
    ['1K', suffix],
    ['1ki', suffix],
    ['1mi', suffix],
    ['1Ki5', suffix],
    ['1ee3', suffix],
  ])('refuses %j', (text, message) => {
    expect(() => parseQuantity(text)).toThrow(message);
  });

  it('takes numbers as their text', () => {
    expect(formatQuantity(0.25)).toBe('250m');
  });
});

describe('arithmetic', () => {
  it.each([
    ['1', '500m', '1500m', '500m'],
    ['1Gi', '512Mi', '1536Mi', '512Mi'],
    ['0', '1Gi', '1Gi', '-1Gi'],
    ['0.1', '0.2', '300m', '-100m'],
    ['1Gi', '1G', '2073741824', '73741824'],
  ])('%s and %s', (a, b, sum, difference) => {
    expect(formatQuantity(addQuantity(a, b))).toBe(sum);
    expect(formatQuantity(subQuantity(a, b))).toBe(difference);
  });

  it('orders by value, whatever the format', () => {
    expect(['1Gi', '100m', '1G', '1', '1e12', '-1'].sort(compareQuantity)).toEqual(['-1', '100m', '1', '1G', '1Gi', '1e12']);
  });

  it('rounds away from zero when it turns into numbers', () => {
    expect([quantityToNumber('1500m'), quantityToNumber('-1500m'), quantityToNumber('1Gi'), quantityToNumber(undefined)]).toEqual([
      2,
      -2,
      2 ** 30,
      0,
    ]);
    expect([milliValue('0.0001'), milliValue('2'), milliValue('250m')]).toEqual([1, 2000, 250]);
  });

  it('writes numbers in the format that is asked for', () => {
    expect([formatQuantity(quantityOf(2 ** 20, 'BinarySI')), formatQuantity(milliQuantity(2500))]).toEqual(['1Mi', '2500m']);
  });
});
