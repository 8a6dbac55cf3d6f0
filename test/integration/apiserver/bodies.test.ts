/** Bodies and options that are refused, in upstream's words. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpsServer, startHttpsServer } from './fixture.ts';

let server: HttpsServer;
beforeAll(async () => {
  server = await startHttpsServer();
  await server.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } });
});
afterAll(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';
const json = 'application/json';
const yaml = 'application/yaml';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const jsonPatch = 'application/json-patch+json';
const apply = 'application/apply-patch+yaml';
const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): ';
const unparsed = `${unrecognized}couldn't get version/kind; json parse error: `;

type Row = [name: string, type: string, body: string, status: number, message: string];

const send = async (method: string, path: string, type: string, body: string) => {
  const headers = { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) };
  const answer = await server.send(method, path, { headers, body });
  return { status: answer.status, message: answer.json().message as string, warning: answer.headers['warning'] };
};

describe('objects', () => {
  const rows: Row[] = [
    ['nothing', json, '', 400, `${unparsed}unexpected end of JSON input (<empty>)`],
    ['a key without quotes', json, '{a', 400, `${unparsed}invalid character 'a' looking for beginning of object key string ({a)`],
    ['a list', json, '[1,]', 400, `${unparsed}invalid character ']' looking for beginning of value (5b312c5d)`],
    ['more than one value', json, '{} x', 400, `${unparsed}invalid character 'x' after top-level value ({} x)`],
    [
      'a kind that is no text',
      json,
      '{"kind":1}',
      400,
      `${unparsed}json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})`,
    ],
    [
      'null, which says nothing',
      json,
      'null',
      422,
      'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      'YAML that is none',
      yaml,
      'a: b: c',
      400,
      `${unrecognized}yaml: line 1: mapping values are not allowed in this context (613a20623a2063)`,
    ],
    [
      'an unknown type',
      'text/plain',
      'x',
      415,
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    ],
  ];
  test.each(rows)('%s', async (_name, type, body, status, message) => {
    expect(await send('POST', configMaps, type, body)).toMatchObject({ status, message });
  });

  test('are not read before it is known that there is something to read them for', async () => {
    expect(
      (await server.send('POST', '/apis/apps/v1/namespaces/default/things', { headers: { 'content-type': json }, body: '{' })).status,
    ).toBe(404);
    expect((await server.send('POST', `${configMaps}/a`, { headers: { 'content-type': 'text/plain' }, body: 'x' })).status).toBe(405);
  });

  test('in YAML tell of keys that occur twice', async () => {
    const body = 'kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: b\n  name: c\n';
    expect((await send('POST', `${configMaps}?fieldValidation=Strict`, yaml, body)).message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n  line 5: key "name" already set in map',
    );
    expect((await send('POST', `${configMaps}?dryRun=All`, yaml, body)).warning).toContain('key \\"name\\" already set in map');
  });
});

describe('patches', () => {
  const rows: Row[] = [
    ['a merge patch that is no JSON', merge, 'no', 400, `error decoding patch: invalid character 'o' in literal null (expecting 'u')`],
    ['a strategic one', strategic, '{"a":', 400, 'unexpected end of JSON input'],
    ['a merge patch of nothing', merge, 'null', 400, 'Invalid JSON Patch'],
    [
      'a list as a merge patch',
      merge,
      '[]',
      400,
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'an object as a JSON patch',
      jsonPatch,
      '{}',
      400,
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    ],
    [
      'a test that fails',
      jsonPatch,
      '[{"op":"test","path":"/data/a","value":"2"}]',
      422,
      'the server rejected our request due to an error in our request',
    ],
    [
      'another uid',
      merge,
      '{"metadata":{"uid":"x"}}',
      422,
      'ConfigMap "a" is invalid: metadata.uid: Invalid value: "x": field is immutable',
    ],
    [
      'a list to apply',
      apply,
      '[]',
      400,
      'error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
    [
      'keys that occur twice',
      apply,
      'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: x\n  a: y\n',
      400,
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 5: key "a" already set in map',
    ],
  ];
  test.each(rows)('%s', async (_name, type, body, status, message) => {
    const manager = type === apply ? '&fieldManager=test' : '';
    expect(await send('PATCH', `${configMaps}/a?fieldValidation=Strict${manager}`, type, body)).toMatchObject({ status, message });
  });

  test.each([
    [merge, '{"data":{"b":"1","b":"2"},"foo":1}', 'duplicate field "data.b", unknown field "foo"'],
    [strategic, '{"data":{"b":"1","b":"2"},"foo":1}', 'duplicate field "data.b", unknown field "foo"'],
    [jsonPatch, '[{"op":"add","path":"/foo","value":1,"what":2}]', 'json patch unknown field "[0].what", unknown field "foo"'],
  ])('%s with fields that are unknown or occur twice', async (type, body, problems) => {
    const { status, message } = await send('PATCH', `${configMaps}/a?fieldValidation=Strict`, type, body);
    expect(status).toBe(422);
    expect(message).toContain(`strict decoding error: ${problems}`);
  });
});

describe('options', () => {
  const of = (kind: string): string => `${kind}.meta.k8s.io "" is invalid: `;
  test.each([
    [
      'POST',
      '',
      'fieldValidation=No',
      `${of('CreateOptions')}fieldValidation: Unsupported value: "No": supported values: "", "Ignore", "Strict", "Warn"`,
    ],
    ['PUT', '/a', 'dryRun=No', `${of('UpdateOptions')}dryRun: Unsupported value: ["No"]: supported values: "All"`],
    ['PATCH', '/a', 'force=1', `${of('PatchOptions')}force: Forbidden: may not be specified for non-apply patch`],
    ['POST', '', `fieldManager=${'x'.repeat(129)}`, `${of('CreateOptions')}fieldManager: Too long: may not be more than 128 bytes`],
    [
      'POST',
      '',
      'fieldManager=%00',
      `${of('CreateOptions')}fieldManager: Invalid value: "\\u0000": should only contain printable characters`,
    ],
    [
      'DELETE',
      '/a',
      'propagationPolicy=No',
      `${of('DeleteOptions')}propagationPolicy: Unsupported value: "No": supported values: "Foreground", "Background", "Orphan", "nil"`,
    ],
  ])('%s%s?%s', async (method, path, query, message) => {
    const type = method === 'PATCH' ? merge : json;
    expect(await send(method, `${configMaps}${path}?${query}`, type, method === 'DELETE' ? '' : '{}')).toMatchObject({
      status: 422,
      message,
    });
  });
});

describe('lists and watches', () => {
  const token = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each([
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['timeoutSeconds=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['continue=!', 400, 'invalid continue token: continue key is not valid: illegal base64 data at input byte 0'],
    [
      `continue=${token({ v: 'v0' })}`,
      400,
      'invalid continue token: continue key is not valid: server does not recognize this encoded version v0',
    ],
    [`continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '../x' })}`, 400, 'invalid continue token: continue key is not valid: ../x'],
    [
      'resourceVersion=x',
      400,
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ],
    ['resourceVersion=99999999', 504, expect.stringMatching(/^Timeout: Too large resource version: 99999999, current: \d+$/)],
  ])('?%s', async (query, status, message) => {
    const answer = await server.send('GET', `${configMaps}?${query}`);
    expect([answer.status, answer.json().message]).toEqual([status, message]);
  });

  test('the old path of a watch names one object', async () => {
    await server.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ab' } });
    const path = '/api/v1/watch/namespaces/default/configmaps/a';
    const lines = (await server.send('GET', `${path}?timeoutSeconds=1`)).body.toString().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).object.metadata.name)).toEqual(['a']);
    const other = await server.send('GET', `${path}?fieldSelector=metadata.name%3Db`);
    expect([other.status, other.json().message]).toEqual([400, "fieldSelector metadata.name doesn't match requested name"]);
  });
});
