import { BinaryWriter, type WireType } from '@bufbuild/protobuf/wire';

/**
 * Fields that a message had and its type does not, from a client of a later version. They hang on the decoded object under a
 * symbol: JSON, schemas and comparisons of fields do not see them, a shallow copy keeps them, encoding the object writes them
 * again. They are kept by message, since the fields of an embedded one stand in the same object.
 */
const unknownFields = Symbol('unknown protobuf fields');

interface Kept {
  [unknownFields]?: ReadonlyMap<string, Uint8Array>;
}

/** Keeps one field as it was on the wire: `bytes` is what followed the tag. */
export function keepUnknown(object: Kept, message: string, number: number, type: WireType, bytes: Uint8Array): void {
  const before = object[unknownFields];
  const writer = new BinaryWriter().raw(before?.get(message) ?? new Uint8Array(0));
  object[unknownFields] = new Map(before).set(message, writer.tag(number, type).raw(bytes).finish());
}

/** What was kept of a message in this object, with its tags. */
export const unknownOf = (object: Kept, message: string): Uint8Array | undefined => object[unknownFields]?.get(message);
