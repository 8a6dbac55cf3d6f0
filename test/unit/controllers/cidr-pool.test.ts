import { expect, test } from 'vitest';
import { type CidrPool, createCidrPool } from '../../../src/controllers/lib/cidr-pool.ts';

const take = (pool: CidrPool, ...holders: string[]) => holders.map((holder) => pool.take(holder));

const rows: [name: string, act: (pool: CidrPool) => unknown, expected: unknown][] = [
  ['the first free one is given', (pool) => take(pool, 'a', 'b'), ['10.244.0.0/24', '10.244.1.0/24']],
  ['who has one gets the same again', (pool) => take(pool, 'a', 'b', 'a'), ['10.244.0.0/24', '10.244.1.0/24', '10.244.0.0/24']],
  ['when all are given there is none', (pool) => take(pool, 'a', 'b', 'c', 'd', 'e').at(-1), undefined],
  [
    'one that is given back is given again',
    (pool) => {
      take(pool, 'a', 'b', 'c', 'd');
      pool.release('b');
      return take(pool, 'e', 'f');
    },
    ['10.244.1.0/24', undefined],
  ],
  [
    'what somebody holds is left out',
    (pool) => {
      pool.hold('a', ['10.244.0.0/24']);
      return take(pool, 'b');
    },
    ['10.244.1.0/24'],
  ],
  [
    'a smaller range takes away the one it lies in, a larger one all of its own',
    (pool) => {
      pool.hold('a', ['10.244.0.128/25']);
      pool.hold('b', ['10.244.2.0/23']);
      return take(pool, 'c', 'd');
    },
    ['10.244.1.0/24', undefined],
  ],
  [
    'a range with two holders is free when both are gone',
    (pool) => {
      pool.hold('a', ['10.244.0.0/24']);
      pool.hold('b', ['10.244.0.0/24']);
      pool.release('a');
      const [first] = take(pool, 'c');
      pool.release('b');
      return [first, ...take(pool, 'd')];
    },
    ['10.244.1.0/24', '10.244.0.0/24'],
  ],
  [
    'holding others gives the former ones back',
    (pool) => {
      pool.hold('a', ['10.244.0.0/24']);
      pool.hold('a', ['10.244.1.0/24']);
      return take(pool, 'b', 'c');
    },
    ['10.244.0.0/24', '10.244.2.0/24'],
  ],
  [
    'ranges outside of the cluster and IPv6 count as nothing',
    (pool) => {
      pool.hold('a', ['192.168.0.0/16', 'fd00::/64', '10.0.0.0/15']);
      return take(pool, 'b');
    },
    ['10.244.0.0/24'],
  ],
];

test.each(rows)('%s', (_name, act, expected) => {
  expect(act(createCidrPool('10.244.0.0/22', 24))).toEqual(expected);
});
