/** The types whose JSON is a single value, and those whose JSON is free. */
import { copyJson, DecodeError, mismatch, type Shape } from './decode-state.ts';
import { formatQuantity } from './quantity.ts';

function integer(go: string, least: number, most: number): Shape {
  return {
    go,
    zero: () => 0,
    decode(value, state) {
      if (typeof value !== 'number') throw mismatch(value, go, state);
      if (!Number.isInteger(value) || value < least || value > most) throw mismatch(value, go, state, `number ${value}`);
      return value;
    },
  };
}

const primitive = (type: 'string' | 'boolean' | 'number', go: string, zero: unknown): Shape => ({
  go,
  zero: () => zero,
  decode(value, state) {
    if (typeof value !== type) throw mismatch(value, go, state);
    return value;
  },
});

export const text = primitive('string', 'string', '');
export const bool = primitive('boolean', 'bool', false);
export const float64 = primitive('number', 'float64', 0);
export const int32 = integer('int32', -(2 ** 31), 2 ** 31 - 1);
export const int64 = integer('int64', -(2 ** 63), 2 ** 63);
export const anything: Shape = { go: 'interface {}', zero: () => null, decode: (value) => copyJson(value) };

const base64Format = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const bytes: Shape = {
  go: '[]uint8',
  zero: () => '',
  decode(value, state) {
    if (typeof value !== 'string') throw mismatch(value, '[]uint8', state);
    // Go's decoder passes over line ends.
    const clean = /[\r\n]/.test(value) ? value.replace(/[\r\n]/g, '') : value;
    if (!base64Format.test(clean)) throw new DecodeError(`illegal base64 data at input byte ${firstIllegalByte(clean)}`);
    return clean;
  },
};
function firstIllegalByte(value: string): number {
  const bad = /[^A-Za-z0-9+/]/.exec(value)?.index;
  if (bad !== undefined && (value[bad] !== '=' || bad % 4 < 2)) return bad;
  if (bad === undefined) return value.length - (value.length % 4);
  return Math.min(value.length, bad + 1);
}

const canonical = new Map<string, string>();
const quantity: Shape = {
  go: 'resource.Quantity',
  zero: () => '0',
  decode(value) {
    const raw = typeof value === 'string' ? value.trim() : JSON.stringify(value);
    let known = canonical.get(raw);
    if (known === undefined) {
      try {
        known = formatQuantity(raw);
      } catch (error) {
        throw new DecodeError((error as Error).message);
      }
      if (canonical.size > 10_000) canonical.clear();
      canonical.set(raw, known);
    }
    return known;
  },
};

const intOrString: Shape = {
  go: 'intstr.IntOrString',
  zero: () => 0,
  decode: (value, state) => (typeof value === 'string' ? value : int32.decode(value, state)),
};

const timeFormat = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/** Times come out in UTC, with as many digits of a second as the type keeps. */
const time = (digits: 0 | 6): Shape => ({
  go: 'string',
  zero: () => undefined,
  decode(value, state) {
    if (typeof value !== 'string') throw mismatch(value, 'string', state);
    const match = timeFormat.exec(value);
    const moment = match === null ? Number.NaN : Date.parse(value);
    if (match === null || Number.isNaN(moment)) {
      const layout = digits === 0 ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
      throw new DecodeError(`parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(value)} as "2006"`);
    }
    const [, fraction = '', zone] = match;
    if (zone === 'Z' && fraction.length === (digits === 0 ? 0 : digits + 1)) return value;
    const seconds = new Date(moment).toISOString().slice(0, 19);
    return digits === 0 ? `${seconds}Z` : `${seconds}.${fraction.slice(1, digits + 1).padEnd(digits, '0')}Z`;
  },
});

/** Definitions that are no structs. */
export const scalars: Record<string, Shape> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': quantity,
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': intOrString,
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': time(0),
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': time(6),
  'io.k8s.apimachinery.pkg.runtime.RawExtension': anything,
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': anything,
};
