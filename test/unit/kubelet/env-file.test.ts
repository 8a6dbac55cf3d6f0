import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentOf } from '../../../src/kubelet/containers/env.ts';
import { parseEnvFile, variableOfFile } from '../../../src/kubelet/containers/env-file.ts';
import type { KubeletContext } from '../../../src/kubelet/context.ts';
import { container, pod } from './harness.ts';

describe('a file of variables', () => {
  it.each([
    { name: 'a value', text: "A='b c'", value: 'b c' },
    { name: 'a value as it stands', text: "A='$B \\n # x'", value: '$B \\n # x' },
    { name: 'a value of several lines', text: "A='one\n two'\nB='c'", value: 'one\n two' },
    { name: 'comments and blank lines', text: "# A='no'\n\n  A='yes' # said so", value: 'yes' },
    { name: 'nothing', text: "A=\nB='x'", value: '' },
    { name: 'nothing before what is no value', text: "A= 'x'", value: '' },
    { name: 'another variable', text: "B='x'", value: undefined },
  ])('holds $name', ({ text, value }) => expect(parseEnvFile(text).get('A')).toBe(value));

  it.each([
    { name: 'no assignment', text: 'A', problem: "line 1: missing '='" },
    { name: 'no name', text: "\n='x'", problem: 'line 2: empty variable name' },
    { name: 'a space before the sign', text: "A ='x'", problem: "line 1: whitespace before '=' is not allowed" },
    { name: 'no quotes', text: 'A=x', problem: 'line 1: value must be enclosed in single quotes' },
    { name: 'no end', text: "B='y'\nA='x\n", problem: 'line 2: unclosed single quote' },
    { name: 'more after the end', text: "A='x'y", problem: 'line 1: unexpected characters after the closing quote' },
  ])('is refused with $name', ({ text, problem }) => expect(() => parseEnvFile(text)).toThrow(problem));

  it('gives a container its variable, or says what is missing', async () => {
    const volume = await mkdtemp(join(tmpdir(), 'volume-'));
    await writeFile(join(volume, 'app.env'), "COLOR='red'\n");
    await symlink('/etc/passwd', join(volume, 'out'));
    const context = { volumes: { mounted: () => ({ path: volume }) }, services: undefined } as unknown as KubeletContext;
    const value = async (key: string, more: object = {}) => {
      const fileKeyRef = { volumeName: 'v', path: 'app.env', key, ...more };
      const spec = container({ env: [{ name: 'X', valueFrom: { fileKeyRef } }] });
      return (await environmentOf(context, pod('web'), spec, { podIPs: [], hostIP: '' })).get('X');
    };
    expect(await value('COLOR')).toBe('red');
    expect(await value('SIZE', { optional: true })).toBeUndefined();
    await expect(value('SIZE')).rejects.toThrow('environment variable key "SIZE" not found in file "app.env"');
    await expect(value('COLOR', { path: 'none' })).rejects.toThrow('not found in file "none"');
    await expect(variableOfFile(volume, 'out', 'A')).rejects.toThrow('links out of the volume');
    await rm(volume, { recursive: true });
  });
});
