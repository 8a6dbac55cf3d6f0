import type { Kind } from '../../../src/api/kind.ts';
import { apiVersionOf } from '../../../src/api/object.ts';
import { encodeObject } from '../../../src/api/protobuf/envelope.ts';
import { generatedObject } from '../../support/generated-object.ts';
import type { Random } from '../../support/random.ts';

export interface Body {
  bytes: Buffer;
  contentType: string;
}

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';
const limit = 3 * 1024 * 1024;

/** A body for a write of `kind`: sensible, broken, or of a shape that is dear to read. */
export function bodyFor(kind: Kind, random: Random): Body {
  return random.chance(0.01) ? costly(kind, random) : random.chance(0.5) ? sound(kind, random) : random.pick(broken)(kind, random);
}

const objectOf = (kind: Kind, random: Random): Record<string, unknown> => {
  const object = generatedObject(kind, random, { density: random.next() * 0.4, depth: 1 + random.below(5) });
  object.metadata.name = random.chance(0.9) ? `f${random.below(12)}` : (object.metadata.name ?? '');
  delete object.metadata.namespace;
  if (random.chance(0.95)) delete object.metadata.resourceVersion;
  if (random.chance(0.9)) delete object.metadata.finalizers;
  return object as unknown as Record<string, unknown>;
};

/** Objects that have a chance of being taken. */
const simple: Record<string, (random: Random) => object> = {
  ConfigMap: (random) => ({ data: { a: 'x'.repeat(random.below(2000)) } }),
  Secret: () => ({ stringData: { a: 'b' } }),
  Pod: () => ({ spec: { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80 }] }] } }),
  Service: (random) => ({ spec: { selector: { app: 'a' }, ports: [{ port: 1 + random.below(65_535) }] } }),
  /** Its schema has expressions that a backtracking matcher would never come back from. */
  Widget: (random) => ({
    spec: {
      name: `${'a'.repeat(random.below(900))}${random.pick(['!', 'Bc', ''])}`,
      list: Array.from({ length: random.below(110) }, () => `${'a'.repeat(random.below(99))}${random.pick(['!', ''])}`),
      replicas: random.pick<unknown>([1, -1, 'x', 1e30]),
    },
  }),
  Deployment: (random) => ({
    spec: {
      replicas: random.below(3),
      selector: { matchLabels: { app: 'a' } },
      template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  }),
};

function sound(kind: Kind, random: Random): Body {
  const base = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name: `f${random.below(12)}` } };
  const own = simple[kind.kind];
  const object = own !== undefined && random.chance(0.7) ? { ...base, ...own(random) } : objectOf(kind, random);
  const form = random.below(10);
  if (form < 6) return { bytes: Buffer.from(JSON.stringify(object)), contentType: json };
  const encoded = form < 9 ? encodeObject(object) : undefined;
  return encoded === undefined
    ? { bytes: Buffer.from(JSON.stringify(object)), contentType: yaml }
    : { bytes: encoded, contentType: protobuf };
}

type Maker = (kind: Kind, random: Random) => Body;

const broken: readonly Maker[] = [
  /** Some value is of another type. */
  (kind, random) => ({ bytes: Buffer.from(JSON.stringify(mangled(objectOf(kind, random), random))), contentType: json }),
  /** Lists that the kind asks for are not there. */
  (kind, random) => ({ bytes: Buffer.from(JSON.stringify(hollow(objectOf(kind, random), random))), contentType: json }),
  /** Cut, flipped or stretched bytes. */
  (kind, random) => {
    const body = sound(kind, random);
    return { ...body, bytes: damaged(body.bytes, random) };
  },
  /** Text under another content type. */
  (kind, random) => ({
    ...sound(kind, random),
    contentType: random.pick([
      protobuf,
      yaml,
      json,
      'text/plain',
      'application/json; charset=latin1',
      'a/b',
      ';',
      '',
      'application/json,application/yaml',
    ]),
  }),
  (_kind, random) => ({
    bytes: random.pick(
      [
        '',
        ' ',
        'null',
        'true',
        '0',
        '-',
        '"a"',
        '[]',
        '[[]]',
        '{}',
        '{"kind":1}',
        '{"apiVersion":{}}',
        '{"metadata":[]}',
        '{"metadata":null}',
        '{"kind":"List","apiVersion":"v1","items":[]}',
        '{"__proto__":{"a":1}}',
        '{"constructor":1,"toString":2}',
        '\ufeff{}',
        '1e999',
      ].map((text) => Buffer.from(text)),
    ),
    contentType: random.pick([json, yaml]),
  }),
  /** Broken UTF-8. */
  (kind, random) => ({
    bytes: Buffer.concat([
      Buffer.from(`{"apiVersion":"${apiVersionOf(kind)}","kind":"${kind.kind}","metadata":{"name":"f${random.below(9)}","labels":{"a":"`),
      Buffer.from(random.pick([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88], [0xe2, 0x82], [0x00]])),
      Buffer.from('"}}}'),
    ]),
    contentType: random.pick([json, yaml]),
  }),
  /** YAML that only a YAML parser minds. */
  (kind, random) => ({
    bytes: Buffer.from(
      random.pick([
        'a: &a [*a, *a]\n',
        `${Array.from(
          { length: 12 },
          (_, at) =>
            `k${at}: &k${at} [${
              at === 0
                ? 'x'
                : Array(9)
                    .fill(`*k${at - 1}`)
                    .join(',')
            }]`,
        ).join('\n')}\n`,
        '--- 1\n--- 2\n',
        '%YAML 9.9\n---\na: 1\n',
        '? [complex]\n: key\n',
        '!!js/function "x"\n',
        '!!binary "%%%"\n',
        '<<: {a: 1}\n',
        '- '.repeat(1 + random.below(5000)),
        `apiVersion: ${apiVersionOf(kind)}\nkind: ${kind.kind}\nmetadata: {name: f1, name: f2}\n`,
        '\t\tx\n',
        '"\\ud800"\n',
        `${'{a: '.repeat(random.below(3000))}`,
      ]),
    ),
    contentType: yaml,
  }),
  /** The protobuf envelope around noise. */
  (_kind, random) => ({
    bytes: Buffer.concat([
      Buffer.from([0x6b, 0x38, 0x73, 0x00]),
      Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256))),
    ]),
    contentType: protobuf,
  }),
];

/** Shapes up to the size limit, or past it, that punish whatever is more than linear. */
function costly(kind: Kind, random: Random): Body {
  const head = `"apiVersion":"${apiVersionOf(kind)}","kind":"${kind.kind}"`;
  const room = limit - 1000;
  const wide = (item: (index: number) => string, size: number, separator = ','): string =>
    Array.from({ length: Math.floor(room / size) }, (_, index) => item(index)).join(separator);
  const texts: (() => string)[] = [
    () => `{${head},"metadata":{"name":"f1","annotations":{"a":"${'x'.repeat(room)}"}}}`,
    () => `{${head},"metadata":{"name":"f1","labels":{${wide((at) => `"k${at}":"v"`, 14)}}}}`,
    () => `{${head},"metadata":{"name":"f1","finalizers":[${wide((at) => `"a.b/${at}"`, 14)}]}}`,
    () => `{${head},"metadata":{"name":"${'a-'.repeat(room / 2)}"}}`,
    () => `{${head},"metadata":{"name":"f1","ownerReferences":[${wide(() => '{}', 3)}]}}`,
    () => `{${head},"metadata":{"name":"f1","managedFields":[{"fieldsV1":${'{"f:a":'.repeat(400)}{}${'}'.repeat(400)}}]}}`,
    () => `{${head},"metadata":{"name":"f1"},"spec":{${wide((at) => `"unknown${at}":${at}`, 22)}}}`,
    () => `{${head},"metadata":{"name":"f1"},"spec":{"containers":[${wide((at) => `{"name":"c${at}","image":"i"}`, 32)}]}}`,
    () => `{${head},"metadata":{"name":"f1"},"spec":{"ports":[${wide((at) => `{"port":${1 + (at % 65_535)}}`, 15)}]}}`,
    () => `{${head},"metadata":{"name":"f1"},"data":{${wide((at) => `"k${at}":""`, 13)}}}`,
    () =>
      `{${head},"metadata":{"name":"f1"},"spec":{"containers":[{"name":"c","image":"i","env":[${wide((at) => `{"name":"E${at % 50_000}"}`, 17)}]}]}}`,
    () => `{${wide(() => '"a":1', 6)}}`,
    () => `{${head},"a":${'['.repeat(room / 2)}${']'.repeat(room / 2)}}`,
    () => `{${'"a":{'.repeat(room / 7)}${'}'.repeat(room / 7)}}`,
    () => '['.repeat(room),
    () => `{${head},"a":"${'\\u0000'.repeat(room / 6)}"}`,
    () => 'x'.repeat(limit + 1 + random.below(1000)),
  ];
  const yamls: (() => string)[] = [
    () => wide((at) => `k${at}: v`, 11, '\n'),
    () => `[${'a,'.repeat(room / 2)}]`,
    () => '}\n'.repeat(room / 2),
    () => '['.repeat(room),
    () => `a: ${'x\n  '.repeat(room / 4)}`,
    () => `{${head}, a: ${'"x" '.repeat(room / 4)}}`,
  ];
  const isYaml = random.chance(0.3);
  return { bytes: Buffer.from(random.pick(isYaml ? yamls : texts)()), contentType: isYaml ? yaml : json };
}

/** Puts a value of another type somewhere. */
export function mangled(value: unknown, random: Random): unknown {
  const odd = (): unknown =>
    random.pick([
      null,
      0,
      -1,
      1e308,
      2 ** 53,
      1.5,
      '',
      'text',
      true,
      [],
      {},
      [null],
      [[]],
      { a: null },
      '\u0000',
      'x'.repeat(300),
      { $patch: 'delete' },
      '2026-13-45T99:99:99Z',
      '1e1000',
      '9'.repeat(400),
    ]);
  if (typeof value !== 'object' || value === null || random.chance(0.15)) return odd();
  if (Array.isArray(value)) return value.length === 0 ? odd() : value.with(random.below(value.length), mangled(value[0], random));
  const keys = Object.keys(value).filter((key) => key !== 'kind' && key !== 'apiVersion');
  if (keys.length === 0) return odd();
  const key = random.pick(keys);
  return { ...value, [key]: mangled((value as Record<string, unknown>)[key], random) };
}

/** The value without some of its lists. */
function hollow(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => !Array.isArray(item) || random.chance(0.4));
  return Object.fromEntries(kept.map(([key, item]) => [key, hollow(item, random)]));
}

function damaged(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  switch (random.below(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1: {
      const copy = Buffer.from(bytes);
      for (let flips = 1 + random.below(4); flips > 0; flips--) copy[random.below(copy.length)] = random.below(256);
      return copy;
    }
    case 2:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.from(Array.from({ length: random.below(20) }, () => random.below(256))),
        bytes.subarray(at),
      ]);
    default:
      return Buffer.concat([bytes, bytes]);
  }
}
