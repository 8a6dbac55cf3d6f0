import { beforeEach, describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../../src/api/types/meta-v1.ts';
import { loopbackUser } from '../../../src/apiserver/auth/user.ts';
import { configMaps, merge, pod, pods, type Server, startServer } from './fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const record = async (url: string): Promise<ManagedFieldsEntry[]> => (await server.get(url)).body.metadata.managedFields;
const brief = (entries: ManagedFieldsEntry[]) =>
  entries.map(({ manager, operation, subresource, fieldsV1 }) => [manager, operation, subresource ?? '', fieldsV1]);
const cm = (data: Record<string, string>) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: { l: '1' } }, data });
const patch = (url: string, body: unknown, type = merge) => server.call('PATCH', url, body, { type });

describe('who set a field is on record', () => {
  it('from the creation on', async () => {
    await server.post(`${configMaps}?fieldManager=maker`, cm({ x: '1', y: '2' }));
    expect(await record(`${configMaps}/a`)).toEqual([
      {
        manager: 'maker',
        operation: 'Update',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:data': { '.': {}, 'f:x': {}, 'f:y': {} },
          'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
        },
      },
    ]);
  });

  it('with list items by their keys, defaults included, without what admission adds', async () => {
    await server.post(`${pods}?fieldManager=maker`, pod('p'));
    const [entry] = await record(`${pods}/p`);
    const spec = (entry?.fieldsV1?.['f:spec'] ?? {}) as Record<string, Record<string, object>>;
    expect(spec['f:containers']?.['k:{"name":"c"}']).toEqual({
      '.': {},
      'f:image': {},
      'f:imagePullPolicy': {},
      'f:name': {},
      'f:resources': {},
      'f:terminationMessagePath': {},
      'f:terminationMessagePolicy': {},
    });
    expect(Object.keys(spec)).toContain('f:dnsPolicy');
    expect(Object.keys(spec)).not.toContain('f:volumes');
    expect(Object.keys(spec)).not.toContain('f:serviceAccountName');
  });

  const changes: [string, unknown, string, unknown][] = [
    [
      'a changed value goes over to who changed it',
      { data: { x: '9' } },
      merge,
      [
        ['maker', 'Update', '', { 'f:data': { '.': {}, 'f:y': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }],
        ['other', 'Update', '', { 'f:data': { 'f:x': {} } }],
      ],
    ],
    [
      'a new value is its setter’s',
      { data: { z: '9' } },
      merge,
      [
        ['maker', 'Update', '', { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }],
        ['other', 'Update', '', { 'f:data': { 'f:z': {} } }],
      ],
    ],
    [
      'what is removed is nobody’s',
      { metadata: { labels: null }, data: { x: null } },
      merge,
      [['maker', 'Update', '', { 'f:data': { '.': {}, 'f:y': {} } }]],
    ],
    [
      'what stays the same changes nothing',
      { data: { x: '1' } },
      merge,
      [['maker', 'Update', '', { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }]],
    ],
    [
      'a record that a client replaces is taken',
      [{ op: 'replace', path: '/metadata/managedFields/0/manager', value: 'renamed' }],
      'application/json-patch+json',
      [['renamed', 'Update', '', { 'f:data': { '.': {}, 'f:x': {}, 'f:y': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } } }]],
    ],
  ];
  it.each(changes)('%s', async (_name, body, type, expected) => {
    await server.post(`${configMaps}?fieldManager=maker`, cm({ x: '1', y: '2' }));
    await patch(`${configMaps}/a?fieldManager=other`, body, type);
    expect(brief(await record(`${configMaps}/a`))).toEqual(expected);
  });

  it('through subresources apart', async () => {
    await server.post(`${pods}?fieldManager=maker`, pod('p'));
    await patch(`${pods}/p/status?fieldManager=kubelet`, {
      status: { podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    await patch(`${pods}/p/status?fieldManager=kubelet`, { status: { podIP: '10.0.0.2' } });
    expect(brief(await record(`${pods}/p`))[0]).toEqual([
      'kubelet',
      'Update',
      'status',
      {
        'f:status': {
          'f:conditions': {
            '.': {},
            'k:{"type":"Ready"}': { '.': {}, 'f:lastProbeTime': {}, 'f:lastTransitionTime': {}, 'f:status': {}, 'f:type': {} },
          },
          'f:podIP': {},
          'f:podIPs': { '.': {}, 'k:{"ip":"10.0.0.2"}': { '.': {}, 'f:ip': {} } },
        },
      },
    ]);
  });

  it('for ten managers, with those before them in one', async () => {
    await server.post(`${configMaps}?fieldManager=m0`, cm({ f0: '' }));
    for (let i = 1; i <= 12; i++) {
      await server.clock.advance(1000);
      await patch(`${configMaps}/a?fieldManager=m${i}`, { data: { [`f${i}`]: '' } });
    }
    const entries = await record(`${configMaps}/a`);
    expect(entries).toHaveLength(10);
    expect(brief(entries).find(([manager]) => manager === 'ancient-changes')?.[3]).toMatchObject({
      'f:data': { 'f:f0': {}, 'f:f1': {}, 'f:f2': {} },
    });
    expect(entries.at(-1)?.manager).toBe('m12');
  });

  it('as unknown where a client over HTTP does not say what it is', async () => {
    const request = {
      method: 'POST',
      path: configMaps,
      query: new URLSearchParams(),
      headers: {},
      body: cm({ x: '1' }),
      remoteAddress: '192.0.2.1',
      signal: new AbortController().signal,
    } as const;
    expect((await server.server.handle(request, loopbackUser)).status).toBe(201);
    expect(brief(await record(`${configMaps}/a`)).map(([manager]) => manager)).toEqual(['unknown']);
  });

  it('until a client wants none', async () => {
    await server.post(configMaps, cm({ x: '1' }));
    await patch(`${configMaps}/a`, { metadata: { managedFields: [{}] } });
    await patch(`${configMaps}/a`, { data: { x: '2' } });
    expect(await record(`${configMaps}/a`)).toBeUndefined();
  });

  it('and an apply conflicts with it', async () => {
    await server.post(`${configMaps}?fieldManager=kubectl-create`, cm({ x: '1' }));
    const { body, status } = await patch(`${configMaps}/a?fieldManager=applier`, cm({ x: '2' }), 'application/apply-patch+yaml');
    expect([status, body.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.x']);
  });
});
