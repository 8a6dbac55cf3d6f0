import type { KubeObject } from './object.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';
export interface DecodeOptions {
  fieldValidation?: FieldValidation;
  /** The body as it came, to report what parsing has already dropped: duplicate fields. */
  rawBody?: Buffer;
}
/** What decoding needs to know of a kind; rows of the scheme and subresource types (Scale, Eviction) alike. */
export interface Decodable {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: string;
}

export function decodeObject<T extends KubeObject = KubeObject>(
  _kind: Decodable,
  value: unknown,
  _options: DecodeOptions = {},
): { object: T; warnings: string[] } {
  return { object: structuredClone(value) as T, warnings: [] };
}
