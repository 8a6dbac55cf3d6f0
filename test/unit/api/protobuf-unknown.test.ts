import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { expect, test } from 'vitest';
import { apiVersionOf } from '../../../src/api/object.ts';
import { decodeObject, encodeObject } from '../../../src/api/protobuf/envelope.ts';
import { allKinds } from '../../../src/api/scheme.ts';
import { generatedObject } from '../../support/generated-object.ts';
import { randomOf } from '../../support/random.ts';

/** Numbers that no message of the API has. */
const [later, laterText] = [9000, 9001];

type Raw = [number: number, type: WireType, bytes: Uint8Array];

function fieldsOf(bytes: Uint8Array): Raw[] {
  const reader = new BinaryReader(bytes);
  const fields: Raw[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    fields.push([number, type, type === WireType.LengthDelimited ? reader.bytes() : reader.skip(type, number)]);
  }
  return fields;
}

function messageOf(fields: readonly Raw[]): BinaryWriter {
  const writer = new BinaryWriter();
  for (const [number, type, bytes] of fields) {
    writer.tag(number, type);
    if (type === WireType.LengthDelimited) writer.bytes(bytes);
    else writer.raw(bytes);
  }
  return writer;
}

const withLater = (bytes: Uint8Array): Uint8Array => messageOf(fieldsOf(bytes)).tag(later, WireType.Varint).int32(7).finish();
const changedAt = (bytes: Uint8Array, number: number, change: (inner: Uint8Array) => Uint8Array): Uint8Array =>
  messageOf(fieldsOf(bytes).map(([at, type, inner]) => [at, type, at === number ? change(inner) : inner])).finish();

/** What a client of a later version sends: new fields in the object, twice, and in its metadata. */
function fromLaterClient(object: object): Buffer {
  const sent = encodeObject(object) ?? Buffer.alloc(0);
  const body = (bytes: Uint8Array): Uint8Array =>
    messageOf(fieldsOf(changedAt(bytes, 1, withLater)))
      .tag(later, WireType.Varint)
      .int32(7)
      .tag(laterText, WireType.LengthDelimited)
      .string('new')
      .finish();
  return Buffer.concat([sent.subarray(0, 4), changedAt(sent.subarray(4), 2, body)]);
}

const sorted = (bytes: Uint8Array): string[] =>
  fieldsOf(bytes)
    .filter(([number]) => number >= later)
    .map(([number, , inner]) => `${number} ${Buffer.from(inner).toString('hex')}`);

test.each(allKinds.map((kind) => [`${kind.kind} of ${apiVersionOf(kind)}`, kind] as const))(
  'unknown fields of %s survive a round trip, and show in no JSON',
  (_name, kind) => {
    const object = generatedObject(kind, randomOf(7, kind.plural.length), { density: 0.4, depth: 6, filled: () => undefined });
    const decoded = decodeObject(fromLaterClient(object));
    expect(JSON.stringify(decoded)).toBe(JSON.stringify(decodeObject(encodeObject(object) ?? Buffer.alloc(0))));
    const again = encodeObject(decoded) ?? Buffer.alloc(0);
    const [, , body = Buffer.alloc(0)] = fieldsOf(again.subarray(4)).find(([number]) => number === 2) ?? [];
    expect(sorted(body)).toEqual(['9000 07', '9001 6e6577']);
    const metadata = fieldsOf(body).find(([number]) => number === 1)?.[2] ?? Buffer.alloc(0);
    expect(sorted(metadata)).toEqual(kind.kind.endsWith('Options') ? [] : ['9000 07']);
  },
);

test('those of an embedded message stay in it', () => {
  const volume = { kind: 'PersistentVolume', apiVersion: 'v1', metadata: {}, spec: { hostPath: { path: '/x' } } };
  const sent = encodeObject(volume) ?? Buffer.alloc(0);
  const inSource = (body: Uint8Array): Uint8Array => changedAt(body, 2, (spec) => changedAt(spec, 2, withLater));
  const decoded = decodeObject(Buffer.concat([sent.subarray(0, 4), changedAt(sent.subarray(4), 2, inSource)]));
  const again = encodeObject(decoded) ?? Buffer.alloc(0);
  const at = (bytes: Uint8Array, number: number): Uint8Array => fieldsOf(bytes).find(([found]) => found === number)?.[2] ?? Buffer.alloc(0);
  const spec = at(at(again.subarray(4), 2), 2);
  expect([sorted(spec), sorted(at(spec, 2))]).toEqual([[], ['9000 07']]);
});
