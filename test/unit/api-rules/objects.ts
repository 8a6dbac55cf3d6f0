import { applyDefaults } from '../../../src/api/defaults/defaults.ts';
import type { Kind } from '../../../src/api/kind.ts';
import type { KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import { prepareForCreate } from '../../../src/api/strategy/strategy.ts';
import type { Deployment } from '../../../src/api/types/apps-v1.ts';
import type { Job } from '../../../src/api/types/batch-v1.ts';
import type { Pod, PodSpec, PodTemplateSpec, Service } from '../../../src/api/types/core-v1.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';
import { validateCreate, validateUpdate } from '../../../src/api/validation/validation.ts';

const created = { uid: 'uid-1', creationTimestamp: '2026-01-01T00:00:00Z', resourceVersion: '7' };

/** What the API server makes of a new object before it is validated. */
export function accepted<T extends KubeObject>(kind: Kind<T>, object: T): T {
  const copy = structuredClone(object);
  Object.assign(copy.metadata, created, kind.namespaced ? { namespace: 'default' } : {});
  applyDefaults(kind as Kind, copy);
  prepareForCreate(kind as Kind, copy);
  return copy;
}

export const createErrors = <T extends KubeObject>(kind: Kind<T>, object: T): string[] =>
  validateCreate(kind as Kind, accepted(kind, object)).map(errorText);

/** The errors of changing an accepted object by `change`. */
export function updateErrors<T extends KubeObject>(kind: Kind<T>, object: T, change: (object: T) => void, subresource = ''): string[] {
  const old = accepted(kind, object);
  const changed = structuredClone(old);
  change(changed);
  return validateUpdate(kind as Kind, changed, old, subresource).map(errorText);
}

export const podSpec = (overrides: Partial<PodSpec> = {}): PodSpec => ({ containers: [{ name: 'app', image: 'app:v1' }], ...overrides });
export const pod = (overrides: Partial<PodSpec> = {}): Pod => ({ metadata: { name: 'web' }, spec: podSpec(overrides) });
export const template = (overrides: Partial<PodSpec> = {}): PodTemplateSpec => ({
  metadata: { labels: { app: 'web' } },
  spec: podSpec(overrides),
});
export const deployment = (overrides: Partial<NonNullable<Deployment['spec']>> = {}): Deployment => ({
  metadata: { name: 'web' },
  spec: { selector: { matchLabels: { app: 'web' } }, template: template(), ...overrides },
});
export const service = (overrides: Service['spec'] = {}): Service => ({
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 8000, targetPort: 80 }], ...overrides },
});
export const job = (overrides: Partial<NonNullable<Job['spec']>> = {}): Job => ({
  metadata: { name: 'pi' },
  spec: { template: { spec: podSpec({ restartPolicy: 'Never' }) }, ...overrides },
});
export { kinds };
