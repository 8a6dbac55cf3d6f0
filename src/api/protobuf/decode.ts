import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type Field, messageOf, type ScalarType, type ValueType } from './codecs.ts';
import { specials } from './special.ts';
import { keepUnknown } from './unknown.ts';

/**
 * A message's bytes as the JSON value that upstream's types would be encoded to. Fields that the message does not have are kept
 * aside (see unknown.ts), for whoever encodes the value again. Throws for bytes that are no message.
 */
export function decodeMessage(name: string, bytes: Uint8Array): unknown {
  const special = specials[name];
  if (special !== undefined) return special.decode(bytes, decodeMessage);
  const object: Record<string, unknown> = {};
  decodeInto(object, name, bytes);
  return object;
}

function decodeInto(object: Record<string, unknown>, name: string, bytes: Uint8Array): void {
  const { byNumber } = messageOf(name);
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const field = byNumber.get(number);
    if (field === undefined) keepUnknown(object, name, number, type, reader.skip(type, number));
    else decodeField(object, field, type, reader);
  }
}

function decodeField(object: Record<string, unknown>, field: Field, type: WireType, reader: BinaryReader): void {
  const { name, value, shape } = field;
  if (field.inline && 'message' in value) {
    decodeInto(object, value.message, reader.bytes());
  } else if (shape === 'map') {
    const entry = decodeEntry(reader.bytes(), value);
    const map = (object[name] ?? {}) as Record<string, unknown>;
    Object.defineProperty(map, entry.key, { value: entry.value, enumerable: true, writable: true, configurable: true });
    object[name] = map;
  } else if (shape === 'repeated') {
    const list = (object[name] ?? []) as unknown[];
    object[name] = list;
    if (type === WireType.LengthDelimited && 'scalar' in value && value.scalar !== 'string' && value.scalar !== 'bytes') {
      const packed = new BinaryReader(reader.bytes());
      while (packed.pos < packed.len) list.push(readValue(value, packed));
    } else list.push(readValue(value, reader));
  } else {
    const read = readValue(value, reader);
    const zero = read === '' || read === 0 || read === false;
    if (read !== undefined && (!zero || field.keepsZero || !('scalar' in value))) object[name] = read;
  }
}

function decodeEntry(bytes: Uint8Array, value: ValueType): { key: string; value: unknown } {
  const reader = new BinaryReader(bytes);
  let key = '';
  let read: unknown = 'scalar' in value ? '' : {};
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === 1) key = reader.string();
    else if (number === 2) read = readValue(value, reader);
    else reader.skip(type, number);
  }
  // What JSON leaves out elsewhere is null here: the key is there.
  return { key, value: read ?? null };
}

function readValue(value: ValueType, reader: BinaryReader): unknown {
  return 'message' in value ? decodeMessage(value.message, reader.bytes()) : readScalar(value.scalar, reader);
}

function readScalar(type: ScalarType, reader: BinaryReader): unknown {
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'int64':
      return Number(reader.int64());
    case 'double':
      return reader.double();
  }
}
