import { readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** What is wrong with a file of variables, and where. */
export class EnvFileError extends Error {
  constructor(line: number, problem: string) {
    super(`invalid environment variable format at line ${line}: ${problem}`);
    this.name = 'EnvFileError';
  }
}

/**
 * The variables of a file, in the part of a shell's syntax that Kubernetes reads (KEP-3721): `NAME='value'`, where the value is
 * taken as it stands and may go over several lines; blank lines and those that begin with `#` say nothing.
 */
export function parseEnvFile(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let number = 0; number < lines.length; number++) {
    const line = (lines[number] ?? '').trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const first = number + 1;
    const [, name, assigned = ''] = /^([^=]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new EnvFileError(first, "missing '='");
    if (name === '') throw new EnvFileError(first, 'empty variable name');
    if (/\s/.test(name)) throw new EnvFileError(first, "whitespace before '=' is not allowed");
    // As in a shell: what comes after a space is no longer the value.
    if (assigned === '' || /^\s/.test(assigned)) {
      variables.set(name, '');
      continue;
    }
    if (!assigned.startsWith("'")) throw new EnvFileError(first, 'value must be enclosed in single quotes');
    let value = assigned.slice(1);
    while (!value.includes("'")) {
      number++;
      if (number === lines.length) throw new EnvFileError(first, 'unclosed single quote');
      value += `\n${lines[number]}`;
    }
    const end = value.indexOf("'");
    if (!/^\s*$|^\s+#/.test(value.slice(end + 1))) throw new EnvFileError(number + 1, 'unexpected characters after the closing quote');
    variables.set(name, value.slice(0, end));
  }
  return variables;
}

/** Reads one variable of a file in a volume. Undefined when there is no such file or variable; throws where the file leads out of the volume. */
export async function variableOfFile(volume: string, path: string, key: string): Promise<string | undefined> {
  const root = await realpath(volume);
  const file = await realpath(join(root, path)).catch(() => undefined);
  if (file === undefined) return undefined;
  if (!file.startsWith(root + sep)) throw new Error(`${path} links out of the volume`);
  return parseEnvFile(await readFile(file, 'utf8')).get(key);
}
