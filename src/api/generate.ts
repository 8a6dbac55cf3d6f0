/**
 * Writes `types/*.ts` and `schema.json` from three sources of fact: the models that the official JavaScript client
 * publishes (generated there from upstream's OpenAPI), `facts/protobuf-fields.json` (message and wire type of each field)
 * and `facts/list-semantics.json` (merge keys and list types). Run by `npm run generate`; `npm run check:generated`
 * fails when the files on disk differ from what this would write.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modelsDir = join(here, '../../node_modules/@kubernetes/client-node/dist/gen/models');

type ProtoFields = Record<string, [number, string]>;
interface Property {
  $ref?: string;
  type?: string;
  format?: string;
  description?: string;
  items?: Property;
  additionalProperties?: Property;
  [extension: `x-kubernetes-${string}`]: unknown;
}
interface Definition {
  description?: string;
  type?: string;
  format?: string;
  required?: string[];
  properties?: Record<string, Property>;
  [extension: `x-kubernetes-${string}`]: unknown;
}
interface ModelField {
  json: string;
  type: string;
  format: string;
  required: boolean;
  description: string | undefined;
}
interface Model {
  description: string | undefined;
  fields: ModelField[];
}

const proto = JSON.parse(readFileSync(join(here, 'facts/protobuf-fields.json'), 'utf8')) as Record<string, ProtoFields>;
const lists = JSON.parse(readFileSync(join(here, 'facts/list-semantics.json'), 'utf8')) as Record<
  string,
  Record<string, Record<string, unknown>>
>;

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.Time';
const MICRO_TIME = 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime';
/** Messages whose JSON form is a scalar or free form; everything else is an object with properties. */
const SCALARS: Record<string, { definition: Definition; ts: string }> = {
  [QUANTITY]: { definition: { type: 'string' }, ts: 'string' },
  [INT_OR_STRING]: { definition: { type: 'string', format: 'int-or-string' }, ts: 'number | string' },
  [TIME]: { definition: { type: 'string', format: 'date-time' }, ts: 'string' },
  [MICRO_TIME]: { definition: { type: 'string', format: 'date-time' }, ts: 'string' },
  'io.k8s.apimachinery.pkg.runtime.RawExtension': { definition: { type: 'object' }, ts: 'Record<string, unknown>' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': { definition: { type: 'object' }, ts: 'Record<string, unknown>' },
};

/** `k8s.io.api.core.v1.Pod` as protobuf names it → `io.k8s.api.core.v1.Pod` as OpenAPI does. */
const openApiName = (message: string): string =>
  `io.${message
    .replace(/^k8s\.io\./, 'k8s.')
    .replace('apiextensions_apiserver', 'apiextensions-apiserver')
    .replace('kube_aggregator', 'kube-aggregator')}`;
const unescapeQuotes = (text: string): string => text.replace(/\\(['"])/g, '$1');
const comment = (raw: string | undefined): string | undefined =>
  raw === undefined
    ? undefined
    : unescapeQuotes(
        raw
          .split('\n')
          .map((line) => line.replace(/^\s*\*\s?/, ''))
          .join(' ')
          .trim(),
      );

function readModel(name: string): Model | undefined {
  let declaration: string;
  let code: string;
  try {
    declaration = readFileSync(join(modelsDir, `${name}.d.ts`), 'utf8');
    code = readFileSync(join(modelsDir, `${name}.js`), 'utf8');
  } catch {
    return undefined;
  }
  const map = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(code)?.[1] ?? '[]';
  const attributes = JSON.parse(map) as { name: string; baseName: string; type: string; format: string }[];
  const body = declaration.slice(declaration.indexOf('export declare class'));
  const description = comment(/\/\*\*\n((?:\*[^\n]*\n)*?)\*\/\nexport declare class/.exec(declaration)?.[1]);
  const fields = attributes.map((attribute) => {
    const declared = new RegExp(
      `(?:/\\*\\*\\n((?:\\s*\\*(?!/)[^\\n]*\\n)+)\\s*\\*/\\n\\s*)?'${attribute.name.replace('$', '\\$')}'(\\??):`,
    ).exec(body);
    return {
      json: attribute.baseName,
      type: attribute.type,
      format: attribute.format,
      required: declared?.[2] === '',
      description: comment(declared?.[1]),
    };
  });
  return { description, fields };
}

/** The fields of a message as JSON shows them: gogo-proto's inlined messages are flattened into their parent. */
function jsonFields(message: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, [, type]] of Object.entries(proto[message] ?? {})) {
    out.set(name, type);
    const inner = type.replace(/^repeated /, '');
    if (proto[inner] !== undefined && !type.startsWith('repeated')) for (const [k, t] of jsonFields2(inner)) if (!out.has(k)) out.set(k, t);
  }
  return out;
}
const jsonFields2 = (message: string): [string, string][] => Object.entries(proto[message] ?? {}).map(([k, [, t]]) => [k, t]);

const messages = Object.keys(proto);
const fileOf = (message: string): string => {
  const parts = message.split('.');
  const version = parts.at(-2) ?? '';
  return `${parts.at(-3) ?? ''}-${version}`;
};
const simpleName = (message: string): string => message.split('.').at(-1) ?? message;

function modelNames(message: string): string[] {
  const parts = message.split('.');
  const version = (parts.at(-2) ?? '').replace(/^v/, 'V');
  const group = parts.at(-3) ?? '';
  const prefix = group.charAt(0).toUpperCase() + group.slice(1);
  const name = simpleName(message);
  return [`${prefix}${version}${name}`, `${version}${name}`];
}
const modelToMessage = new Map<string, string>();
const models = new Map<string, Model>();
const groupsOfModel = new Map<string, string[]>();
for (const message of messages) {
  if (SCALARS[openApiName(message)] !== undefined) continue;
  for (const name of modelNames(message)) {
    const model = readModel(name);
    if (model === undefined) continue;
    groupsOfModel.set(name, [...(groupsOfModel.get(name) ?? []), message]);
    models.set(message, model);
    break;
  }
}
/** Where one model name fits messages of several groups, the one that shares most fields is meant. */
for (const [name, candidates] of groupsOfModel) {
  const model = readModel(name);
  const score = (message: string): number => model?.fields.filter((f) => jsonFields(message).has(f.json)).length ?? 0;
  const best = [...candidates].sort((a, b) => score(b) - score(a))[0];
  if (best !== undefined) modelToMessage.set(name, best);
}

const usedImports = new Map<string, Map<string, string>>();
function property(message: string, field: ModelField): Property {
  const wire = jsonFields(message).get(field.json) ?? '';
  return typeToProperty(field.type, field.format, wire);
}
function typeToProperty(type: string, format: string, wire: string): Property {
  const array = /^(?:Array|Set)<(.*)>$/.exec(type)?.[1];
  if (array !== undefined) return { type: 'array', items: typeToProperty(array, format, wire.replace(/^repeated /, '')) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    return { type: 'object', additionalProperties: typeToProperty(map, format, /^map<string,\.?(.*)>$/.exec(wire)?.[1] ?? '') };
  }
  if (wire !== '' && SCALARS[openApiName(wire)] !== undefined) return { $ref: `#/definitions/${openApiName(wire)}` };
  if (type === 'IntOrString') return { $ref: `#/definitions/${INT_OR_STRING}` };
  if (type === 'V1MicroTime') return { $ref: `#/definitions/${MICRO_TIME}` };
  if (type === 'Date') return { $ref: `#/definitions/${TIME}` };
  if (type === 'string') return format === '' ? { type: 'string' } : { type: 'string', format };
  if (type === 'boolean') return { type: 'boolean' };
  if (type === 'number') {
    if (format.startsWith('int')) return { type: 'integer', format };
    return format === '' ? { type: 'number' } : { type: 'number', format };
  }
  const target = modelToMessage.get(type);
  if (target !== undefined) return { $ref: `#/definitions/${openApiName(target)}` };
  return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

function tsType(fromFile: string, prop: Property): string {
  if (prop.$ref !== undefined) {
    const full = prop.$ref.replace('#/definitions/', '');
    const scalar = SCALARS[full];
    if (scalar !== undefined) return scalar.ts;
    const message = messages.find((m) => openApiName(m) === full) ?? '';
    const file = fileOf(message);
    const name = simpleName(message);
    if (file !== fromFile) {
      const imports = usedImports.get(fromFile) ?? new Map<string, string>();
      imports.set(name, file);
      usedImports.set(fromFile, imports);
    }
    return name;
  }
  if (prop.items !== undefined) {
    const inner = tsType(fromFile, prop.items);
    return inner.includes('|') ? `(${inner})[]` : `${inner}[]`;
  }
  if (prop.additionalProperties !== undefined) return `Record<string, ${tsType(fromFile, prop.additionalProperties)}>`;
  if (prop.type === 'integer' || prop.type === 'number') return 'number';
  if (prop.type === 'boolean') return 'boolean';
  if (prop.type === 'string') return 'string';
  return 'unknown';
}

/** Kinds whose metadata the server always fills in, so that readers need no `?.` on it. */
const isKind = (model: Model): boolean => ['apiVersion', 'kind', 'metadata'].every((name) => model.fields.some((f) => f.json === name));
const identifier = (name: string): string => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `'${name}'`);

const definitions: Record<string, Definition> = {};
const files = new Map<string, string[]>();
for (const [name, scalar] of Object.entries(SCALARS)) definitions[name] = scalar.definition;
for (const [message, model] of models) {
  const full = openApiName(message);
  const file = fileOf(message);
  const semantics = lists[full] ?? {};
  const definition: Definition = { ...(model.description === undefined ? {} : { description: model.description }), type: 'object' };
  const required = model.fields.filter((f) => f.required).map((f) => f.json);
  if (required.length > 0) definition.required = required;
  const properties: Record<string, Property> = {};
  const lines: string[] = [];
  for (const field of model.fields) {
    const prop = property(message, field);
    if (field.description !== undefined) prop.description = field.description;
    for (const [key, value] of Object.entries(semantics[field.json] ?? {})) prop[`x-kubernetes-${key}`] = value;
    properties[field.json] = prop;
    const always = field.required || (field.json === 'metadata' && isKind(model));
    lines.push(`  ${identifier(field.json)}${always ? '' : '?'}: ${tsType(file, prop)};`);
  }
  for (const [key, value] of Object.entries(semantics[''] ?? {})) definition[`x-kubernetes-${key}`] = value;
  if (Object.keys(properties).length > 0) definition.properties = properties;
  definitions[full] = definition;
  const text = `export interface ${simpleName(message)} {\n${lines.join('\n')}\n}\n`;
  files.set(file, [...(files.get(file) ?? []), text]);
}

const outputs = new Map<string, string>();
const banner = '// Generated by src/api/generate.ts (npm run generate). Do not edit.\n';
for (const [file, parts] of files) {
  const byFile = new Map<string, string[]>();
  for (const [name, from] of usedImports.get(file) ?? []) byFile.set(from, [...(byFile.get(from) ?? []), name]);
  const imports = [...byFile].sort().map(([from, names]) => `import type { ${names.sort().join(', ')} } from './${from}.ts';\n`);
  outputs.set(`types/${file}.ts`, `${banner}${imports.join('')}\n${parts.join('\n')}`);
}
const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)));
outputs.set(
  'schema.json',
  `{\n${Object.entries(sorted)
    .map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)
    .join(',\n')}\n}\n`,
);

if (process.argv.includes('--check')) {
  const stale = [...outputs].filter(([path, text]) => {
    try {
      return readFileSync(join(here, path), 'utf8') !== text;
    } catch {
      return true;
    }
  });
  if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.map(([path]) => path).join(', ')}; run npm run generate\n`);
    process.exit(1);
  }
} else {
  mkdirSync(join(here, 'types'), { recursive: true });
  for (const old of readdirSync(join(here, 'types'))) rmSync(join(here, 'types', old));
  for (const [path, text] of outputs) writeFileSync(join(here, path), text);
}
