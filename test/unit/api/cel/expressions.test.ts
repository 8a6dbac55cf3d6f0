import { describe, expect, test } from 'vitest';
import { compileExpression } from '../../../../src/api/cel/compile.ts';
import { celEnvironment } from '../../../../src/api/cel/environment.ts';

const environment = celEnvironment().registerVariable('x', 'dyn').registerVariable('names', 'list<string>');

/** `true` where the expression holds, else what it gives or why it gives nothing. */
function outcome(expression: string): unknown {
  const compiled = compileExpression(environment, expression);
  if ('error' in compiled) return (compiled.error.split('\n')[0] ?? '').replace(/^ERROR: <input>:\d+:\d+: /, '');
  try {
    return compiled.program.evaluate({ x: null, names: ['b', 'a'] });
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

describe('expressions that hold', () => {
  test.each([
    // Places in texts are counted in characters.
    '"😀b😀".indexOf("b") == 1 && "😀b😀".lastIndexOf("😀") == 2 && "😀b".substring(1) == "b"',
    '"abc".indexOf("b", 9) == -1 && "abc".indexOf("") == 0 && "abc".lastIndexOf("") == 3',
    '"é,ü".split("") == ["é", ",", "ü"] && "a,b,c".split(",", 2) == ["a", "b,c"] && "a".split(",", 0) == []',
    '"".replace("", "-") == "-" && "ab".replace("", "-") == "-a-b-" && "ab".replace("", "-", 2) == "-a-b"',
    '"\\u0085 x\\u2003".trim() == "x" && "\\ufeffx".trim() == "\\ufeffx"',
    'strings.quote("a\\"\\a\\v") == "\\"a\\\\\\"\\\\a\\\\v\\""',
    // Lists.
    '[3, 1, 2].sort() == [1, 2, 3] && ["b", "a"].sort() == ["a", "b"] && [].sort() == []',
    '["ccc", "a", "bb"].sortBy(e, e.size()) == ["a", "bb", "ccc"]',
    '[[1], [2, 3]].flatten() == [1, 2, 3] && [[[1]], [[2]]].flatten(2) == [1, 2]',
    'lists.range(3) == [0, 1, 2] && [4, 5].first() == optional.of(4) && names.last().value() == "a" && !names.filter(n, false).first().hasValue()',
    '[1u, 3u].max() == 3u && [1u, 2u].sum() == 3u && [b"b", b"a"].min() == b"a" && [duration("2s"), duration("1s")].min() == duration("1s")',
    '[dyn(1), dyn(1.0), dyn(1u)].distinct() == [1] && dyn(1u) in [1] && 2 in [dyn(2.0)]',
    // Maps have keys of any simple type, by any name.
    '{1: "a", 2: "b"}[2] == "b" && {1: "a"}[dyn(1.0)] == "a" && {true: 1}[true] == 1 && [5, 6][dyn(1u)] == 6 && {"constructor": 1}["constructor"] == 1 && {"a": 1, "a": 2} == {"a": 2}',
    '{1: 2}.transformMap(k, v, k + v) == {1: 3} && 1 in {1: 2} && !(2 in {1: 2}) && {1: 2}.all(k, k == 1)',
    // Optional values.
    'optional.ofNonZeroValue(0) == optional.none() && optional.ofNonZeroValue("a").value() == "a"',
    'optional.of(2).optMap(v, v + 1) == optional.of(3) && optional.none().optMap(v, v) == optional.none()',
    'optional.of(2).optFlatMap(v, optional.none()) == optional.none() && {"a": {"b": 1}}.?a.optFlatMap(v, v.?b).value() == 1',
    'optional.unwrap([optional.of(1), optional.none()]) == [1] && [optional.none(), optional.of(2)].unwrapOpt() == [2]',
    // Times.
    'duration("100ms") + duration("-1.5s") == duration("-1.4s") && duration("1us") - duration("1ms") == duration("-999us")',
    'string(duration("-100ms")) == "-0.1s" && string(timestamp("2024-01-01T01:00:00.5Z")) == "2024-01-01T01:00:00.5Z"',
    'int(timestamp("1969-12-31T23:59:59Z")) == -1 && int(duration("1us")) == 1000 && duration("2s") > duration("1999ms")',
    'timestamp("2024-01-01T00:00:00Z") - timestamp("2023-12-31T23:00:00Z") == duration("1h")',
    // Numbers.
    'string(1e6) == "1e+06" && string(123456.5) == "123456.5" && string(1e-5) == "1e-05" && string(-0.0) == "-0" && int(7u) == 7',
    'quantity("1500m").add(quantity("1")).asApproximateFloat() == 2.5 && sign(quantity("-1")) == -1 && !quantity("9e30").isInteger()',
    'b"a" < b"b" && "\\U0001F600" > "\\uFFFD" && timestamp(0) != null',
    // Kubernetes' own types, by themselves and in lists.
    'ip("::1") == ip("0::1") && [ip("1.2.3.4")] == [ip("1.2.3.4")] && cidr("10.0.0.0/8") != cidr("10.0.0.0/9") && ip("::1") in [ip("::1")]',
    '[quantity("1")] == [quantity("1000m")] && semver("1.2.3") == semver("1.2.3+b") && url("/a") == url("/a") && isSemver("v1.2", true) && !isSemver("1.2-rc", true) && !isIP("::ffff:102:304")',
    // URLs keep their paths as they are written.
    'url("http://a").getEscapedPath() == "" && url("http://a/b/../c").getEscapedPath() == "/b/../c" && url("/a b").getEscapedPath() == "/a%20b"',
    'url("HTTP://u@A.b:80/x?q=1&q=2").getHost() == "A.b:80" && url("http://[::1]:5/").getHostname() == "::1" && url("mailto:a@b").getScheme() == "mailto"',
    'url("/p?x=%zz&y=1").getQuery() == {"y": ["1"]} && isURL("http://a:99999/") && isURL("*")',
    '!isURL("http://a:b/") && !isURL("http://a b/") && !isURL("http://a/%zz") && !isURL("") && !isURL("a/b") && !isURL("http://[::1/")',
    // Formats.
    'format.byte().validate("a===").value() == ["invalid base64"] && format.uuid().validate("x").value() == ["does not match the UUID format"]',
    '"%d of %s".format([2, ["a", 1.5]]) == "2 of [\\"a\\", 1.500000]" && "%s".format([{"k": true}]) == "{\\"k\\":true}"',
    '"%.2f %e".format([1234.5, 3.14]) == "1,234.50 3.140000×10⁰⁰" && "%x %X".format([255, "hi"]) == "ff 6869"',
  ])('%s', (expression) => {
    expect(outcome(expression)).toBe(true);
  });
});

describe('expressions that fail', () => {
  test.each([
    ['"abc".substring(2, 1)', 'invalid substring range. start: 2, end: 1'],
    ['"abc".indexOf("a", -1)', 'index out of range: -1'],
    ['dyn(true) - 1 == x', 'no such overload: _-_'],
    ['dyn("x") + 1 == x', 'no such overload'],
    ['int(string(names[0])) == 1', "type conversion error from 'string' to 'int'"],
    ['duration(names[0]) == duration("1s")', "type conversion error from 'string' to 'google.protobuf.Duration'"],
    ['optional.none().value() == x', 'optional.none() dereference'],
    ['dyn(1) || x == 1', 'no such overload'],
    ['1 % (names.size() - 2) == 0', 'modulus by zero'],
    ['ip("x").family() == 4', 'IP Address "x" parse error during conversion from string: ParseAddr("x"): unable to parse IP'],
    ['[1, 2].slice(0, 3)', 'cannot slice(0, 3), list is length 2'],
    ['[1, 2].slice(-1, 1)', 'cannot slice(-1, 1), negative indexes not supported'],
    ['[1, 2].slice(2, 1)', 'cannot slice(2, 1), start index must be less than or equal to end index'],
    ['[[1]].flatten(-1)', 'level must be non-negative'],
    ['lists.range(-1)', 'lists.range: size must be non-negative, got -1'],
    ['[9223372036854775807, 1].sum()', 'integer overflow'],
    ['int(18446744073709551615u)', 'integer overflow'],
    ['duration("2562047h") + duration("1h")', 'integer overflow'],
    ['timestamp("9999-12-31T23:59:59Z") + duration("1h")', 'timestamp overflow'],
    ['[1, 1].transformMapEntry(i, v, {v: i})', 'insert failed: key 1 already exists'],
    ['dyn(1).all(i, v, true)', 'no such overload'],
    ['x.optMap(v, v)', 'no such overload'],
    ['quantity("9e30").asInteger()', 'cannot convert value to integer'],
  ])('%s', (expression, message) => {
    expect(outcome(expression)).toBe(message);
  });
});

describe('expressions that are refused before they run', () => {
  test.each([
    ['[1, "a"]', "expected type 'int' but found 'string'"],
    ['{"a": 1, "b": 1.0}', "expected type 'int' but found 'double'"],
    ['[dyn(1), "a"]', "expected type 'dyn' but found 'string'"],
    ['x == 1 && 5', "expected type 'bool' but found 'int'"],
    ['"a".transformList(i, v, v)', "expression of type 'string' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ['5.all(n, true)', "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"],
    ['timestamp("yesterday")', 'invalid timestamp argument'],
    ['duration("1 day")', 'invalid duration argument'],
    ['"a".matches("[")', 'invalid matches argument'],
    ['"%d".format(["a"])', 'error during formatting: decimal clause can only be used on integers, was given string'],
    ['"%s %s".format([1])', 'index 1 out of range'],
    ['"%s".format([1, 2])', 'too many arguments supplied to string.format (expected 1, got 2)'],
    ['"%q".format([1])', 'could not parse formatting clause: unrecognized formatting clause "q"'],
    ['"%".format([1])', 'unexpected end of string'],
    ['cel.bind(a, 1, a)', "undeclared reference to 'cel' (in container '')"],
    ['"abc".reverse()', "found no matching overload for 'reverse' applied to 'string.()'"],
    ['string(quantity("1"))', "found no matching overload for 'string' applied to '(kubernetes.Quantity)'"],
    ['timestamp(0).year', "type 'timestamp' does not support field selection"],
    ['{"a": 1}[1]', "found no matching overload for '_[_]' applied to '(map(string, int), int)'"],
  ])('%s', (expression, message) => {
    expect(outcome(expression)).toBe(message);
  });

  test.each(['"%s %d".format(["a", 1])', '[[], [1]]', '[{}, {"a": 1}]', '[optional.none(), optional.of(1)]', '[x, x]'])(
    'but not %s',
    (expression) => {
      expect(compileExpression(environment, expression)).not.toHaveProperty('error');
    },
  );
});
