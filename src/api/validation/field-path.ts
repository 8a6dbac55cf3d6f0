import { additionalOf, type StructuralSchema } from '../structural/schema.ts';

export interface FoundField {
  names: readonly string[];
  schema: StructuralSchema;
}

/** The field that a path such as `.spec.map['key']` leads to, from a schema; else what is wrong with it (upstream: cel.ValidFieldPath). */
export function fieldAt(path: string, schema: StructuralSchema, arrays = true): FoundField | string {
  const tokens = path.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+|'/g) ?? [];
  const names: string[] = [];
  let at: StructuralSchema = schema;
  let next = 0;
  while (next < tokens.length) {
    const token = tokens[next++];
    let name: string | undefined;
    if (token === '.') name = tokens[next++];
    else if (token === '[') {
      if (!arrays) return 'array notation is not allowed';
      const quoted = tokens[next++];
      if (quoted === undefined) return 'unexpected end of JSON path';
      if (!/^'.*'$/s.test(quoted) || quoted.length < 2) return `expected single quoted string but got ${quoted}`;
      name = quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    } else return `expected [ or . but got: ${token}`;
    if (name === undefined) return 'unexpected end of JSON path';
    const property = at.properties !== undefined && Object.hasOwn(at.properties, name) ? at.properties[name] : undefined;
    const inner = at.properties === undefined ? additionalOf(at) : property;
    if (inner === undefined) return 'does not refer to a valid field';
    if (token === '[') {
      const close = tokens[next++];
      if (close === undefined) return 'unexpected end of JSON path';
      if (close !== ']') return `expected ] but got ${close}`;
    }
    names.push(name);
    at = inner;
  }
  return { names, schema: at };
}
