import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { escaped } from '../go-text.ts';

/** A message whose JSON form is not an object of its fields. */
export interface Special {
  /** Undefined stands for a value that JSON leaves out. */
  decode(bytes: Uint8Array, decodeMessage: (message: string, bytes: Uint8Array) => unknown): unknown;
  encode(value: unknown, encodeMessage: (message: string, value: unknown) => Uint8Array): Uint8Array;
}

const meta = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const extensions = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';
const schemaProps = `${extensions}.JSONSchemaProps`;

/** Calls `take` for every field; it returns false for one that it does not know. */
function read(bytes: Uint8Array, take: (number: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (!take(number, reader)) reader.skip(type, number);
  }
}

const text = (bytes: Uint8Array): string | undefined => {
  let value: string | undefined;
  read(bytes, (number, reader) => {
    if (number === 1) value = reader.string();
    return number === 1;
  });
  return value;
};

const writeText = (value: unknown): Uint8Array => new BinaryWriter().tag(1, WireType.LengthDelimited).string(String(value)).finish();

/** Raw JSON in bytes: RawExtension, FieldsV1, apiextensions JSON. */
const rawJson: Special = {
  decode(bytes) {
    let raw: Uint8Array | undefined;
    read(bytes, (number, reader) => {
      if (number === 1) raw = reader.bytes();
      return number === 1;
    });
    return raw === undefined || raw.length === 0 ? undefined : JSON.parse(Buffer.from(raw).toString());
  },
  encode: (value) =>
    new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .bytes(Buffer.from(escaped(JSON.stringify(value))))
      .finish(),
};

/** Seconds and nanoseconds; nothing at all is Go's zero time, which JSON shows as null. */
const time = (format: (seconds: number, nanos: number) => string): Special => ({
  decode(bytes) {
    if (bytes.length === 0) return undefined;
    let seconds = 0;
    let nanos = 0;
    read(bytes, (number, reader) => {
      if (number === 1) seconds = Number(reader.int64());
      else if (number === 2) nanos = reader.int32();
      return number === 1 || number === 2;
    });
    return format(seconds, nanos);
  },
  encode(value) {
    if (value === null) return new Uint8Array(0);
    const written = String(value);
    const ms = Date.parse(written);
    const fraction = /\.(\d+)/.exec(written)?.[1] ?? '';
    const writer = new BinaryWriter().tag(1, WireType.Varint).int64(Math.floor(ms / 1000));
    return writer
      .tag(2, WireType.Varint)
      .int32(Number(fraction.padEnd(9, '0').slice(0, 9)))
      .finish();
  },
});

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);

const quantity: Special = { decode: text, encode: writeText };

const intOrString: Special = {
  decode(bytes) {
    let type = 0;
    let int = 0;
    let str = '';
    read(bytes, (number, reader) => {
      if (number === 1) type = Number(reader.int64());
      else if (number === 2) int = reader.int32();
      else if (number === 3) str = reader.string();
      return number >= 1 && number <= 3;
    });
    return type === 1 ? str : int;
  },
  encode(value) {
    const writer = new BinaryWriter().tag(1, WireType.Varint).int64(typeof value === 'string' ? 1 : 0);
    writer.tag(2, WireType.Varint).int32(typeof value === 'number' ? value : 0);
    return writer
      .tag(3, WireType.LengthDelimited)
      .string(typeof value === 'string' ? value : '')
      .finish();
  },
};

const textList: Special = {
  decode(bytes) {
    const items: string[] = [];
    read(bytes, (number, reader) => {
      if (number === 1) items.push(reader.string());
      return number === 1;
    });
    return items;
  },
  encode(value) {
    const writer = new BinaryWriter();
    for (const item of value as string[]) writer.tag(1, WireType.LengthDelimited).string(item);
    return writer.finish();
  },
};

/** A schema, or one of two other things: custom resource schemas' unions. */
function schemaOr(other: 'array' | 'bool' | 'strings'): Special {
  const schemaField = other === 'bool' ? 2 : 1;
  return {
    decode(bytes, decodeMessage) {
      let schema: unknown;
      const list: unknown[] = [];
      let allows = false;
      read(bytes, (number, reader) => {
        if (number === schemaField) schema = decodeMessage(schemaProps, reader.bytes());
        else if (other === 'bool' && number === 1) allows = reader.bool();
        else if (other === 'array' && number === 2) list.push(decodeMessage(schemaProps, reader.bytes()));
        else if (other === 'strings' && number === 2) list.push(reader.string());
        else return false;
        return true;
      });
      return schema ?? (other === 'bool' ? allows : list);
    },
    encode(value, encodeMessage) {
      const writer = new BinaryWriter();
      if (typeof value === 'boolean') return writer.tag(1, WireType.Varint).bool(value).finish();
      if (Array.isArray(value)) {
        for (const item of value as unknown[]) {
          writer.tag(2, WireType.LengthDelimited);
          if (other === 'strings') writer.string(String(item));
          else writer.bytes(encodeMessage(schemaProps, item));
        }
        return writer.finish();
      }
      if (other === 'bool') writer.tag(1, WireType.Varint).bool(true);
      return writer.tag(schemaField, WireType.LengthDelimited).bytes(encodeMessage(schemaProps, value)).finish();
    },
  };
}

export const specials: Readonly<Record<string, Special>> = {
  'k8s.io.apimachinery.pkg.api.resource.Quantity': quantity,
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': intOrString,
  [`${meta}.Time`]: time((seconds) => `${iso(seconds)}Z`),
  [`${meta}.MicroTime`]: time((seconds, nanos) => `${iso(seconds)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`),
  [`${meta}.FieldsV1`]: rawJson,
  [`${meta}.Verbs`]: textList,
  'k8s.io.apimachinery.pkg.runtime.RawExtension': rawJson,
  'k8s.io.api.authentication.v1.ExtraValue': textList,
  'k8s.io.api.authorization.v1.ExtraValue': textList,
  'k8s.io.api.certificates.v1.ExtraValue': textList,
  [`${extensions}.JSON`]: rawJson,
  [`${extensions}.JSONSchemaPropsOrArray`]: schemaOr('array'),
  [`${extensions}.JSONSchemaPropsOrBool`]: schemaOr('bool'),
  [`${extensions}.JSONSchemaPropsOrStringArray`]: schemaOr('strings'),
};
