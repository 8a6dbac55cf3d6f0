import { Ajv } from 'ajv';
import { LineCounter, parseDocument } from 'yaml';
import { ShoalError } from '../../util/errors.ts';
import type { ClusterSpec } from '../spec.ts';
import { checkSpec } from './check.ts';
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
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, strict: false });
  const validate = ajv.compile(isKind ? kindSchema : shoalSchema);
  if (!validate(value)) {
    throw invalid(
      from,
      (validate.errors ?? []).map((error) => {
        const extra: unknown = error.params['additionalProperty'];
        return problem(pathOf(error.instancePath), sentence(error), typeof extra === 'string' ? extra : undefined);
      }),
    );
  }
  const loaded = isKind
    ? fromKind(value as unknown as Parameters<typeof fromKind>[0], overrides)
    : { ...fromShoal(value as ShoalFile, overrides, problem), warnings: [] };
  const problems = [...loaded.problems, ...checkSpec(loaded.spec).map(({ path, message }) => problem(path, message))];
  if (problems.length > 0) throw invalid(from, problems);
  return { spec: loaded.spec, warnings: loaded.warnings };
}

function invalid(from: string, problems: readonly Problem[]): ShoalError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const rows = sorted.map(({ line, column, path, message }) => `  ${from}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`);
  const count = rows.length === 1 ? 'a problem' : `${rows.length} problems`;
  return new ShoalError('CONFIG_INVALID', `${from} has ${count}:\n${rows.join('\n')}`, {
    next: 'Correct the file; docs/cluster-yaml.md lists every field.',
  });
}
