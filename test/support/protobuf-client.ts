import { create, createFileRegistry, type DescMessage, fromBinary, isFieldSet, type Message, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import facts from '../../src/api/facts/protobuf-fields.json' with { type: 'json' };
import definitions from '../../src/api/schema.json' with { type: 'json' };

/**
 * Kubernetes objects on the wire as another implementation has it: a protobuf library's own messages, made from the table of fields.
 * Nothing of the server's codec is used, so that its two halves cannot be wrong together.
 */

type Fields = Record<string, [number: number, type: string]>;
type Loose = Record<string, unknown>;
const messages = facts as unknown as Record<string, Fields>;
const schemas = definitions as Record<string, { properties?: Loose }>;

const { SINT32: _, ...types } = FieldDescriptorProto_Type;
const scalarTypes: Record<string, FieldDescriptorProto_Type> = {
  string: types.STRING,
  bytes: types.BYTES,
  bool: types.BOOL,
  int32: types.INT32,
  int64: types.INT64,
  double: types.DOUBLE,
};

/** One file holds all messages, named without dots. */
const flat = (message: string): string => message.replace(/^\./, '').replace(/\W/g, '_');

function fieldOf(name: string, number: number, type: string, label: FieldDescriptorProto_Label) {
  const scalar = scalarTypes[type];
  const kind = scalar === undefined ? { type: types.MESSAGE, typeName: `.${flat(type)}` } : { type: scalar };
  return create(FieldDescriptorProtoSchema, { name, number, label, ...kind });
}

function descriptorOf(name: string, fields: Fields): DescriptorProto {
  const message = create(DescriptorProtoSchema, { name: flat(name) });
  for (const [field, [number, type]] of Object.entries(fields)) {
    const values = /^map<string,\.?(.*)>$/.exec(type)?.[1];
    if (values === undefined) {
      const repeated = type.startsWith('repeated ');
      const label = repeated ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL;
      message.field.push(fieldOf(field, number, type.replace('repeated ', ''), label));
      continue;
    }
    const entry = `${field.charAt(0).toUpperCase()}${field.slice(1)}Entry`;
    const single = FieldDescriptorProto_Label.OPTIONAL;
    message.nestedType.push(
      create(DescriptorProtoSchema, {
        name: entry,
        field: [fieldOf('key', 1, 'string', single), fieldOf('value', 2, values, single)],
        options: { mapEntry: true },
      }),
    );
    const own = create(FieldDescriptorProtoSchema, {
      name: field,
      number,
      label: FieldDescriptorProto_Label.REPEATED,
      type: types.MESSAGE,
      typeName: `.${flat(name)}.${entry}`,
    });
    message.field.push(own);
  }
  return message;
}

const registry = createFileRegistry(
  create(FileDescriptorProtoSchema, {
    name: 'kubernetes.proto',
    syntax: 'proto2',
    messageType: Object.entries(messages).map(([name, fields]) => descriptorOf(name, fields)),
  }),
  () => undefined,
);
const descOf = (message: string): DescMessage => {
  const desc = registry.getMessage(flat(message));
  if (desc === undefined) throw new TypeError(`no message ${message}`);
  return desc;
};

const plain = (name: string): string => name.replace(/[^a-zA-Z0-9]/g, '').toLowerCase();

/** JSON name of a protobuf field: the definition's property that is spelt alike; undefined for an embedded struct, whose fields stand in its parent. */
function jsonNameOf(message: string, field: string, type: string): string | undefined {
  const definition =
    schemas[
      `io.${message
        .replace(/^k8s\.io\./, 'k8s.')
        .replace('extensions_api', 'extensions-api')
        .replace('kube_agg', 'kube-agg')}`
    ];
  const own = Object.keys(definition?.properties ?? {}).find((property) => plain(property) === plain(field));
  if (own !== undefined) return own;
  const embedded = definition !== undefined && scalarTypes[type] === undefined && !/^(map<|repeated )/.test(type);
  return embedded ? undefined : `${field.charAt(0).toLowerCase()}${field.slice(1)}`;
}

const meta = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const extensions = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';
interface Special {
  to(value: never): Loose;
  from(message: never): unknown;
}
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const raw = (field: string): Special => ({
  to: (value: unknown) => ({ [field]: Buffer.from(JSON.stringify(value)) }),
  from: (message: Record<string, Uint8Array>) => JSON.parse(text(message[field] ?? Buffer.from('null'))),
});
const moment = (digits: number): Special => ({
  to: (value: string) => ({
    seconds: BigInt(Date.parse(`${value.slice(0, 19)}Z`)) / 1000n,
    nanos: Number((/\.(\d+)/.exec(value)?.[1] ?? '').padEnd(9, '0')),
  }),
  from: ({ seconds, nanos }: { seconds: bigint; nanos: number }) =>
    `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${digits === 0 ? '' : `.${String(nanos).padStart(9, '0').slice(0, digits)}`}Z`,
});
const items: Special = { to: (value: string[]) => ({ items: value }), from: (message: { items: string[] }) => [...message.items] };
const schema = (value: unknown): Loose => toInit(`${extensions}.JSONSchemaProps`, value as Loose);
const unschema = (message: Message): unknown => fromMessage(`${extensions}.JSONSchemaProps`, message);

const specials: Record<string, Special> = {
  'k8s.io.apimachinery.pkg.api.resource.Quantity': {
    to: (value: string) => ({ string: value }),
    from: ({ string }: { string: string }) => string,
  },
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': {
    to: (value: string | number) => (typeof value === 'string' ? { type: 1n, strVal: value } : { type: 0n, intVal: value }),
    from: ({ type, intVal, strVal }: { type: bigint; intVal: number; strVal: string }) => (type === 1n ? strVal : intVal),
  },
  'k8s.io.apimachinery.pkg.runtime.RawExtension': raw('raw'),
  [`${meta}.FieldsV1`]: raw('Raw'),
  [`${extensions}.JSON`]: raw('raw'),
  [`${meta}.Time`]: moment(0),
  [`${meta}.MicroTime`]: moment(6),
  [`${meta}.Verbs`]: items,
  'k8s.io.api.authentication.v1.ExtraValue': items,
  'k8s.io.api.authorization.v1.ExtraValue': items,
  'k8s.io.api.certificates.v1.ExtraValue': items,
  [`${extensions}.JSONSchemaPropsOrBool`]: {
    to: (value: unknown) => (typeof value === 'boolean' ? { allows: value } : { allows: true, schema: schema(value) }),
    from: (message: { allows: boolean; schema?: Message }) => (message.schema === undefined ? message.allows : unschema(message.schema)),
  },
  [`${extensions}.JSONSchemaPropsOrArray`]: {
    to: (value: unknown) => (Array.isArray(value) ? { jSONSchemas: value.map(schema) } : { schema: schema(value) }),
    from: (message: { jSONSchemas: Message[]; schema?: Message }) =>
      message.schema === undefined ? message.jSONSchemas.map(unschema) : unschema(message.schema),
  },
  [`${extensions}.JSONSchemaPropsOrStringArray`]: {
    to: (value: unknown) => (Array.isArray(value) ? { property: value } : { schema: schema(value) }),
    from: (message: { property: string[]; schema?: Message }) =>
      message.schema === undefined ? [...message.property] : unschema(message.schema),
  },
};

const valueTo = (type: string, value: unknown): unknown => {
  if (scalarTypes[type] === undefined) return toInit(type, value as Loose);
  return type === 'int64' ? BigInt(value as number) : type === 'bytes' ? Buffer.from(value as string, 'base64') : value;
};
const valueFrom = (type: string, value: unknown): unknown => {
  if (scalarTypes[type] === undefined) return fromMessage(type, value as Message);
  return type === 'int64' ? Number(value) : type === 'bytes' ? Buffer.from(value as Uint8Array).toString('base64') : value;
};
const mapped = (value: unknown, change: (item: unknown) => unknown): Loose =>
  Object.fromEntries(Object.entries(value as Loose).map(([key, item]) => [key, change(item)]));

const partsOf = (type: string): { shape: 'map' | 'list' | 'single'; of: string } => {
  const values = /^map<string,\.?(.*)>$/.exec(type)?.[1];
  if (values !== undefined) return { shape: 'map', of: values };
  return type.startsWith('repeated ') ? { shape: 'list', of: type.slice('repeated '.length) } : { shape: 'single', of: type };
};

function toInit(message: string, json: Loose): Loose {
  const special = specials[message];
  if (special !== undefined) return special.to(json as never);
  const init: Loose = {};
  const names = descOf(message).fields;
  for (const [index, [field, [, type]]] of Object.entries(messages[message] ?? {}).entries()) {
    const local = names[index]?.localName ?? field;
    const { shape, of } = partsOf(type);
    const name = jsonNameOf(message, field, type);
    const value = name === undefined ? json : json[name];
    if (value === undefined) continue;
    if (shape === 'map') init[local] = mapped(value, (item) => valueTo(of, item));
    else init[local] = shape === 'list' ? (value as unknown[]).map((item) => valueTo(of, item)) : valueTo(of, value);
  }
  return init;
}

function fromMessage(message: string, decoded: Message): unknown {
  const special = specials[message];
  if (special !== undefined) return special.from(decoded as never);
  const json: Loose = {};
  for (const field of descOf(message).fields) {
    const [, type] = messages[message]?.[field.name] ?? [0, ''];
    if (!isFieldSet(decoded, field)) continue;
    const value = (decoded as unknown as Loose)[field.localName];
    const { shape, of } = partsOf(type);
    const name = jsonNameOf(message, field.name, type);
    if (name === undefined) Object.assign(json, valueFrom(of, value));
    else if (shape === 'map') json[name] = mapped(value, (item) => valueFrom(of, item));
    else json[name] = shape === 'list' ? (value as unknown[]).map((item) => valueFrom(of, item)) : valueFrom(of, value);
  }
  return json;
}

const magic = Buffer.from('k8s\0');
const unknown = 'k8s.io.apimachinery.pkg.runtime.Unknown';
type Typed = { apiVersion?: string | undefined; kind?: string | undefined };

/** The message of a type: in its group's package, or one of those that every group shares. */
export function messageName({ apiVersion = '', kind = '' }: Typed): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const found = Object.keys(messages).filter((name) =>
    name.endsWith(`.${group === '' ? 'core' : group?.replace(/\..*/, '')}.${version}.${kind}`),
  );
  return found[0] ?? `${meta}.${kind}`;
}

/** An object as `application/vnd.kubernetes.protobuf`. */
export function toWire(object: Typed): Buffer {
  const { apiVersion, kind } = object;
  const name = messageName(object);
  const content = toBinary(descOf(name), create(descOf(name), toInit(name, object as Loose)));
  return Buffer.concat([
    magic,
    toBinary(descOf(unknown), create(descOf(unknown), { typeMeta: { apiVersion, kind }, raw: content } as never)),
  ]);
}

/** Reads what {@link toWire} writes; the type stands in the object as in JSON. */
export function fromWire(bytes: Buffer): Loose {
  if (!bytes.subarray(0, 4).equals(magic)) throw new Error(`no protobuf: ${bytes.subarray(0, 200)}`);
  const { typeMeta = {}, raw: content } = fromBinary(descOf(unknown), bytes.subarray(4)) as unknown as {
    typeMeta?: Typed;
    raw: Uint8Array;
  };
  const { apiVersion, kind } = typeMeta;
  const name = messageName({ apiVersion, kind });
  return { kind, apiVersion, ...(fromMessage(name, fromBinary(descOf(name), content)) as object) };
}

/** The events of a `;stream=watch` body so far: each is its length in four bytes, then a WatchEvent. */
export function* watchEvents(bytes: Buffer): Generator<{ type: string; object: Loose }> {
  const event = `${meta}.WatchEvent`;
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return;
    const { type, object } = fromBinary(descOf(event), bytes.subarray(at + 4, end)) as unknown as {
      type: string;
      object: { raw: Uint8Array };
    };
    yield { type, object: fromWire(Buffer.from(object.raw)) };
    at = end;
  }
}
