import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import type { FieldError } from './field-error.ts';

/** Every problem of a new object; none when it may be created. Runs after defaulting and prepareForCreate. */
export function validateCreate(_kind: Kind, _object: KubeObject): FieldError[] {
  return [];
}

/** Every problem of replacing `old` by `object` through the main resource. */
export function validateUpdate(_kind: Kind, _object: KubeObject, _old: KubeObject): FieldError[] {
  return [];
}

/** Every problem of a write through the status subresource. */
export function validateStatusUpdate(_kind: Kind, _object: KubeObject, _old: KubeObject): FieldError[] {
  return [];
}
