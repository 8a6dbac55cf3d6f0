import { describe, expect, it } from 'vitest';
import { renderJUnit } from '../../../src/evidence/junit.ts';

describe('JUnit XML', () => {
  it('counts what failed, and escapes what XML does not take', () => {
    const text = renderJUnit(
      'suite',
      [
        { name: 'a "b" <c>', className: 'x', seconds: 1.5, failure: { message: 'one\ntwo', text: 'bell \u0007 & more' } },
        { name: 'well', className: 'x', seconds: 0 },
      ],
      '2026-01-01T00:00:00Z',
    );
    expect(text).toContain('tests="2" failures="1" errors="0" time="1.500"');
    expect(text).toContain('<testcase name="a &quot;b&quot; &lt;c&gt;" classname="x" time="1.500">');
    expect(text).toContain('<failure message="one&#10;two">bell  &amp; more</failure>');
    expect(text).toContain('<testcase name="well" classname="x" time="0.000"/>');
  });
});
