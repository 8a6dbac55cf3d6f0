import { Ajv } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';
import { ShoalError } from '../../util/errors.ts';
import type { ClusterSpec } from '../spec.ts';
import { checkSpec } from './check.ts';
import { formats } from './formats.ts';
import { fromKind } from './from-kind.ts';
import { fromShoal, type ShoalFile } from './from-shoal.ts';
import { locator, type Problem, pathOf, sentence } from './problems.ts';
import { kindSchema, shoalSchema } from './schema.ts';

export interface LoadedConfig {
  spec: ClusterSpec;
  /** Parts of a kind file that mean nothing here; worth a line on the screen. */
  warnings: string[];
}

export const KIND_API_VERSION = 'kind.x-k8s.io/v1alpha4';

/**
 * Reads a configuration file (Shoal's or kind's) into a specification. `name` and `workers` are what flags say and win over
 * the file. Throws CONFIG_INVALID with every problem at once, each with line and column.
 */
export function loadConfig(text: string, from: string, overrides: { name?: string; defaultName: string }): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw invalid(
      from,
      document.errors.map((error) => {
        const at = error.linePos?.[0] ?? lines.linePos(error.pos[0]);
        return { line: at.line, column: at.col, path: '', message: error.message };
      }),
    );
  }
  const { problem } = locator(document, lines);
  const value: unknown = document.toJS() ?? {};
  const apiVersion = typeof value === 'object' && value !== null && 'apiVersion' in value ? value.apiVersion : undefined;
  const isKind = typeof apiVersion === 'string' && apiVersion.startsWith('kind.x-k8s.io/');
  const violations = schemaViolations(isKind ? kindSchema : shoalSchema, value);
  const problems = violations.map(({ path, message, key }) => problem(path, message, key));
  // Rules between values are checked for the sections in which every value is right by itself, so that one reading tells all.
  const sound = without(value, new Set(violations.map(({ path, key }) => String(path[0] ?? key))));
  const loaded = isKind
    ? fromKind(sound as Parameters<typeof fromKind>[0], overrides)
    : { ...fromShoal(sound as ShoalFile, overrides, problem), warnings: [] };
  problems.push(...loaded.problems, ...checkSpec(loaded.spec).map(({ path, message }) => problem(path, message)));
  if (problems.length > 0) throw invalid(from, problems);
  return { spec: loaded.spec, warnings: loaded.warnings };
}

/** `key` is a field of the object at `path` that should not be there. */
function schemaViolations(schema: object, value: unknown): { path: (string | number)[]; key: string | undefined; message: string }[] {
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strict: false });
  for (const [name, { accepts }] of Object.entries(formats)) ajv.addFormat(name, { type: 'string', validate: accepts });
  const validate = ajv.compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const extra: unknown = error.params['additionalProperty'];
    return { path: pathOf(error.instancePath), key: typeof extra === 'string' ? extra : undefined, message: sentence(error) };
  });
}

const without = (value: unknown, sections: ReadonlySet<string>): object =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([section]) => !sections.has(section)))
    : {};

function invalid(from: string, problems: readonly Problem[]): ShoalError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const rows = sorted.map(({ line, column, path, message }) => `  ${from}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`);
  const count = rows.length === 1 ? 'a problem' : `${rows.length} problems`;
  return new ShoalError('CONFIG_INVALID', `${from} has ${count}:\n${rows.join('\n')}`, {
    next: 'Correct the file; docs/cluster-yaml.md lists every field.',
  });
}
