import type { Structure } from '../apply/structure.ts';
import type { Columns } from '../columns/table.ts';
import type { KubeObject } from '../object.ts';
import type { StructuralSchema } from '../structural/schema.ts';
import type { CustomResourceSubresourceScale } from '../types/apiextensions-v1.ts';
import type { FieldError } from '../validation/field-error.ts';

/** What one version of a CustomResourceDefinition brings along where the tables have rows for built-in kinds. */
export interface CustomRules {
  readonly schema: StructuralSchema;
  /** How objects are owned by parts, for server-side apply. */
  readonly structure: Structure;
  readonly columns: Columns;
  /** Where the scale subresource finds its numbers; absent when there is none. */
  readonly scale: CustomResourceSubresourceScale | undefined;
  /** Takes out what the schema does not know, in place; the paths of it. */
  prune(object: KubeObject): string[];
  applyDefaults(object: KubeObject): void;
  /** Whether the object has nothing to prune and all defaults, as most stored objects have. */
  isComplete(object: KubeObject): boolean;
  /** Everything but metadata; with `old`, problems that were there before are tolerated. */
  validate(object: KubeObject, old?: KubeObject): FieldError[];
}
