import { describe, expect, it } from 'vitest';
import { parseSelector, selectorFrom, selectorFromSet } from '../../../src/api/labels.ts';

const web = { app: 'web', tier: 'front', rank: '7' };

describe('parseSelector', () => {
  it.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['! gone', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app!=web', false],
    ['gone!=x', true],
    ['app in (web,api)', true],
    ['app in ( api , db )', false],
    ['app notin (web)', false],
    ['gone notin (x)', true],
    ['app=', false],
    ['gone=', false],
    ['app in (,web)', true],
    ['app in ()', false],
    ['gone notin ()', true],
    ['rank>6', true],
    ['rank>7', false],
    ['rank<8', true],
    ['app>1', false],
    ['gone<5', false],
    ['in=x', false],
    ['app,tier notin (back),!gone', true],
  ])('%j', (text, matches) => {
    expect(parseSelector(text).matches(web)).toBe(matches);
  });

  it('does not take what objects inherit for labels', () => {
    expect([parseSelector('constructor').matches(web), parseSelector('toString').matches({})]).toEqual([false, false]);
  });

  it.each([
    ['app=web,', "found '', expected: identifier after ','"],
    [',app', "found ',', expected: !, identifier, or 'end of string'"],
    ['app=a b', "found 'b', expected: ',' or 'end of string'"],
    ['app in', "unable to parse requirement: found '' expected: '('"],
    ['app in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['app ! b', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    ['rank>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
    [
      'app=-x',
      "unable to parse requirement: values[0][app]: Invalid value: \"-x\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    ['/x=1', 'unable to parse requirement: <nil>: Invalid value: "/x": prefix part must be non-empty'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it('is written sorted by key', () => {
    expect(parseSelector('z notin (b,a),!y,x,w in (c),v>1,b!=2,a=1').toString()).toBe('a=1,b!=2,v>1,w in (c),x,!y,z notin (a,b)');
  });
});

describe('selectorFrom', () => {
  it('selects nothing when absent and everything when empty', () => {
    expect([selectorFrom(undefined).matches(web), selectorFrom({}).matches(web)]).toEqual([false, true]);
    expect([selectorFrom(undefined).nothing, selectorFrom({}).everything]).toEqual([true, true]);
  });

  it('joins labels and expressions', () => {
    const selector = selectorFrom({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front', 'back'] },
        { key: 'gone', operator: 'DoesNotExist' },
      ],
    });
    expect([selector.matches(web), selector.matches({ app: 'web' })]).toEqual([true, false]);
    expect(selector.toString()).toBe('app=web,!gone,tier in (back,front)');
  });

  it('refuses an unknown operator', () => {
    expect(() => selectorFrom({ matchExpressions: [{ key: 'a', operator: 'Like' }] })).toThrow(
      '"Like" is not a valid label selector operator',
    );
  });
});

it('selectorFromSet wants every pair', () => {
  expect([selectorFromSet({ app: 'web' }).matches(web), selectorFromSet({ app: 'web', x: 'y' }).matches(web)]).toEqual([true, false]);
});
