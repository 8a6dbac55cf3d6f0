import type { Structure } from '../apply/structure.ts';
import type { Columns } from '../columns/table.ts';
import type { KubeObject } from '../object.ts';
import type { StructuralSchema } from '../structural/schema.ts';
import type { CustomResourceSubresourceScale } from '../types/apiextensions-v1.ts';
import type { FieldError } from '../validation/field-error.ts';

/** What one version of a CustomResourceDefinition brings along where the tables have rows for built-in kinds. */
export interface CustomRules {
  readonly schema: StructuralSchema;
  /** Whether some part of an object is a whole resource. */
  readonly hasEmbedded: boolean;
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
  /** `meta`, what is wrong with the metadata, and everything else; with `old`, problems that were there before are tolerated. */
  validate(object: KubeObject, old: KubeObject | undefined, meta: readonly FieldError[]): FieldError[];
  /** The same of a write through the status. */
  validateStatus(object: KubeObject, old: KubeObject, meta: readonly FieldError[]): FieldError[];
}
