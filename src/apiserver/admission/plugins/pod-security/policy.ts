import { type FieldError, invalid } from '../../../../api/validation/field-error.ts';
import { type Level, levels } from './checks.ts';

const prefix = 'pod-security.kubernetes.io/';

/** What one of a namespace's modes asks for; `name` is how messages show it, such as `baseline:latest`. */
export interface Policy {
  level: Level;
  version: string;
  name: string;
}

const policy = (level: Level, version: string): Policy => ({ level, version, name: `${level}:${version}` });
const isLevel = (text: string | undefined): text is Level => levels.some((level) => level === text);
const isVersion = (text: string): boolean => text === 'latest' || /^v1\.(0|[1-9]\d*)$/.test(text);

/**
 * The policies that a namespace's labels ask for. An unknown level counts as the strictest and an unknown version as the
 * latest; where nothing is said of warnings, what is enforced is warned of (upstream: api.PolicyToEvaluate).
 */
export function policiesOf(labels: Record<string, string>): { enforce: Policy; warn: Policy } {
  const version = (mode: string): string | undefined => {
    const label = labels[`${prefix}${mode}-version`];
    return label === undefined || isVersion(label) ? label : 'latest';
  };
  const level = (mode: string): Level => {
    const label = labels[`${prefix}${mode}`];
    return label === undefined ? 'privileged' : isLevel(label) ? label : 'restricted';
  };
  const enforce = policy(level('enforce'), version('enforce') ?? 'latest');
  const inherits = labels[`${prefix}warn`] === undefined && isLevel(labels[`${prefix}enforce`]);
  const warn = inherits ? policy(enforce.level, version('warn') ?? enforce.version) : policy(level('warn'), version('warn') ?? 'latest');
  return { enforce, warn };
}

/** Labels of the kind that mean nothing. */
export function labelErrors(labels: Record<string, string> = {}): FieldError[] {
  const errors: FieldError[] = [];
  for (const mode of ['enforce', 'audit', 'warn']) {
    const checks = [
      [`${prefix}${mode}`, isLevel, `must be one of ${levels.join(', ')}`],
      [`${prefix}${mode}-version`, isVersion, 'must be "latest" or "v1.x"'],
    ] as const;
    for (const [key, holds, text] of checks) {
      const value = labels[key];
      if (value !== undefined && !holds(value)) errors.push(invalid(`metadata.labels[${key}]`, value, text));
    }
  }
  return errors;
}
