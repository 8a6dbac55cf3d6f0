import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { stringify } from 'yaml';

/**
 * The OpenAPI v2 document in protobuf (gnostic's openapiv2/OpenAPIv2.proto), the form in which kubectl asks for it when
 * v3 does not know a kind. Encodes what the JSON document of `v2.ts` holds; field numbers are the proto file's.
 */
export function encodeOpenapiV2(document: unknown): Uint8Array {
  const { swagger, info, paths, definitions } = document as Swagger;
  const writer = new BinaryWriter();
  text(writer, 1, swagger);
  message(writer, 2, (to) => {
    text(to, 1, info.title);
    text(to, 2, info.version);
  });
  message(writer, 8, (to) => named(to, 2, paths, pathItem));
  message(writer, 9, (to) => named(to, 1, definitions, schema));
  return writer.finish();
}

/** Clients ask with an `@`, which is no valid media type; newer servers answer without it (kube-openapi's handler). */
export const openapiV2Protobuf = {
  asked: ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'],
  answered: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
};

interface Swagger {
  swagger: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, unknown>>;
  definitions: Record<string, Schema>;
}
interface Parameter {
  name: string;
  in: string;
  description?: string;
  required?: boolean;
  type?: string;
  schema?: Schema;
}
interface Operation {
  tags?: string[];
  operationId?: string;
  parameters?: Parameter[];
  responses?: Record<string, { description: string; schema?: Schema }>;
  [extension: `x-${string}`]: unknown;
}
interface Schema {
  $ref?: string;
  format?: string;
  description?: string;
  required?: string[];
  type?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  title?: string;
  pattern?: string;
  enum?: unknown[];
  multipleOf?: number;
  maximum?: number;
  minimum?: number;
  exclusiveMaximum?: boolean;
  exclusiveMinimum?: boolean;
  maxLength?: number;
  minLength?: number;
  maxItems?: number;
  minItems?: number;
  maxProperties?: number;
  minProperties?: number;
  [extension: `x-${string}`]: unknown;
}

type Fill<T> = (to: BinaryWriter, value: T) => void;

function message(to: BinaryWriter, number: number, fill: (inner: BinaryWriter) => void): void {
  const inner = new BinaryWriter();
  fill(inner);
  to.tag(number, WireType.LengthDelimited).bytes(inner.finish());
}
function text(to: BinaryWriter, number: number, value: string | undefined): void {
  if (value !== undefined && value !== '') to.tag(number, WireType.LengthDelimited).string(value);
}
function flag(to: BinaryWriter, number: number, value: boolean | undefined): void {
  if (value === true) to.tag(number, WireType.Varint).bool(true);
}
/** gnostic's maps are rows of a name (1) and a value (2). */
function named<T>(to: BinaryWriter, number: number, values: Record<string, T>, fill: Fill<T>): void {
  for (const [name, value] of Object.entries(values)) {
    message(to, number, (row) => {
      text(row, 1, name);
      message(row, 2, (inner) => fill(inner, value));
    });
  }
}
/** Values of `x-…` extensions travel as YAML text. */
function extensions(to: BinaryWriter, number: number, holder: object): void {
  const values = Object.fromEntries(Object.entries(holder).filter(([name]) => name.startsWith('x-')));
  named(to, number, values, (inner, value) => text(inner, 2, stringify(value)));
}

const methods = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const;

function pathItem(to: BinaryWriter, item: Record<string, unknown>): void {
  for (const [method, number] of Object.entries(methods)) {
    const found = item[method] as Operation | undefined;
    if (found !== undefined) message(to, number, (inner) => operation(inner, found));
  }
  for (const one of (item['parameters'] ?? []) as Parameter[]) message(to, 9, (inner) => parameter(inner, one));
}

function operation(to: BinaryWriter, found: Operation): void {
  for (const tag of found.tags ?? []) text(to, 1, tag);
  text(to, 5, found.operationId);
  for (const one of found.parameters ?? []) message(to, 8, (inner) => parameter(inner, one));
  message(to, 9, (responses) =>
    named(responses, 1, found.responses ?? {}, (value, { description, schema: body }) =>
      message(value, 1, (response) => {
        text(response, 1, description);
        if (body !== undefined) message(response, 2, (item) => message(item, 1, (inner) => schema(inner, body)));
      }),
    ),
  );
  extensions(to, 13, found);
}

function parameter(to: BinaryWriter, one: Parameter): void {
  message(to, 1, (choice) => {
    if (one.in === 'body') {
      message(choice, 1, (body) => {
        text(body, 2, one.name);
        text(body, 3, one.in);
        flag(body, 4, one.required);
        if (one.schema !== undefined) message(body, 5, (inner) => schema(inner, one.schema as Schema));
      });
      return;
    }
    message(choice, 2, (other) =>
      message(other, one.in === 'path' ? 4 : 3, (inner) => {
        flag(inner, 1, one.required);
        text(inner, 2, one.in);
        text(inner, 3, one.description);
        text(inner, 4, one.name);
        // The query form has `allow_empty_value` between name and type.
        text(inner, one.in === 'path' ? 5 : 6, one.type);
      }),
    );
  });
}

/** Limits of custom resources' schemas; field numbers by how each is written. */
const doubles = { multipleOf: 6, maximum: 7, minimum: 9 } as const;
const flags = { exclusiveMaximum: 8, exclusiveMinimum: 10 } as const;
const counts = { maxLength: 11, minLength: 12, maxItems: 14, minItems: 15, maxProperties: 17, minProperties: 18 } as const;

function limits(to: BinaryWriter, value: Schema): void {
  for (const [name, number] of Object.entries(doubles)) {
    const limit = value[name as keyof typeof doubles];
    if (limit !== undefined) to.tag(number, WireType.Bit64).double(limit);
  }
  for (const [name, number] of Object.entries(flags)) flag(to, number, value[name as keyof typeof flags]);
  for (const [name, number] of Object.entries(counts)) {
    const limit = value[name as keyof typeof counts];
    if (limit !== undefined) to.tag(number, WireType.Varint).int64(limit);
  }
  text(to, 13, value.pattern);
  for (const allowed of value.enum ?? []) message(to, 20, (any) => text(any, 2, stringify(allowed)));
}

function schema(to: BinaryWriter, value: Schema): void {
  text(to, 1, value.$ref);
  text(to, 2, value.format);
  text(to, 3, value.title);
  text(to, 4, value.description);
  limits(to, value);
  for (const name of value.required ?? []) text(to, 19, name);
  const { additionalProperties, type, items, properties } = value;
  if (typeof additionalProperties === 'object') {
    message(to, 21, (choice) => message(choice, 1, (inner) => schema(inner, additionalProperties)));
  } else if (additionalProperties === true) message(to, 21, (choice) => flag(choice, 2, true));
  if (type !== undefined) message(to, 22, (inner) => text(inner, 1, type));
  if (items !== undefined) message(to, 23, (choice) => message(choice, 1, (inner) => schema(inner, items)));
  if (properties !== undefined) message(to, 25, (inner) => named(inner, 1, properties, schema));
  extensions(to, 31, value);
}
