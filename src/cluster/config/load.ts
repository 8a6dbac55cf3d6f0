import { type Problem, problemsError, readYaml, schemaViolations } from '../../util/yaml-problems.ts';
import type { ClusterSpec } from '../spec.ts';
import { checkSpec } from './check.ts';
import { formats } from './formats.ts';
import { fromKind } from './from-kind.ts';
import { fromShoal, type ShoalFile } from './from-shoal.ts';
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
  const file = readYaml(text);
  if ('problems' in file) throw invalid(from, file.problems);
  const { value, problem } = file;
  const apiVersion = typeof value === 'object' && value !== null && 'apiVersion' in value ? value.apiVersion : undefined;
  const isKind = typeof apiVersion === 'string' && apiVersion.startsWith('kind.x-k8s.io/');
  const violations = schemaViolations(isKind ? kindSchema : shoalSchema, value, formats);
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

const without = (value: unknown, sections: ReadonlySet<string>): object =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([section]) => !sections.has(section)))
    : {};

const invalid = (from: string, problems: readonly Problem[]) =>
  problemsError('CONFIG_INVALID', from, problems, 'Correct the file; docs/cluster-yaml.md lists every field.');
