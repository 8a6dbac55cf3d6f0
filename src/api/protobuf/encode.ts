import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Field, type Message, messageOf, type ScalarType, type ValueType } from './codecs.ts';
import { specials } from './special.ts';
import { unknownOf } from './unknown.ts';

/**
 * A JSON value as the bytes of a message. Fields that the message does not have are left out, as are nulls; those kept
 * aside when the value was decoded are written again.
 */
export function encodeMessage(name: string, value: unknown): Uint8Array {
  const special = specials[name];
  if (special !== undefined) return special.encode(value, encodeMessage);
  const writer = new BinaryWriter();
  writeFields(writer, messageOf(name), value as Record<string, unknown>);
  const unknown = unknownOf(value as object, name);
  if (unknown !== undefined) writer.raw(unknown);
  return writer.finish();
}

function writeFields(writer: BinaryWriter, message: Message, object: Record<string, unknown>): void {
  for (const field of message.byNumber.values()) {
    if (field.inline && 'message' in field.value) {
      writer.tag(field.number, WireType.LengthDelimited).bytes(encodeMessage(field.value.message, object));
      continue;
    }
    const value = object[field.name];
    if (value !== undefined && value !== null) writeField(writer, field, value);
  }
}

function writeField(writer: BinaryWriter, { number, value, shape }: Field, content: unknown): void {
  if (shape === 'map') {
    for (const [key, item] of Object.entries(content as Record<string, unknown>)) {
      const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).string(key);
      writeValue(entry, 2, value, item);
      writer.tag(number, WireType.LengthDelimited).bytes(entry.finish());
    }
  } else if (shape === 'repeated') for (const item of content as unknown[]) writeValue(writer, number, value, item);
  else writeValue(writer, number, value, content);
}

function writeValue(writer: BinaryWriter, number: number, value: ValueType, content: unknown): void {
  if ('message' in value) writer.tag(number, WireType.LengthDelimited).bytes(encodeMessage(value.message, content));
  else writeScalar(writer, number, value.scalar, content);
}

function writeScalar(writer: BinaryWriter, number: number, type: ScalarType, value: unknown): void {
  switch (type) {
    case 'string':
      writer.tag(number, WireType.LengthDelimited).string(String(value));
      return;
    case 'bytes':
      writer.tag(number, WireType.LengthDelimited).bytes(Buffer.from(String(value), 'base64'));
      return;
    case 'bool':
      writer.tag(number, WireType.Varint).bool(value === true);
      return;
    case 'int32':
      writer.tag(number, WireType.Varint).int32(Number(value));
      return;
    case 'int64':
      writer.tag(number, WireType.Varint).int64(BigInt(Math.trunc(Number(value))));
      return;
    case 'double':
      writer.tag(number, WireType.Bit64).double(Number(value));
  }
}
