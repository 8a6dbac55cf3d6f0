import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { marker, type RbacCluster, startRbacCluster } from './cluster.ts';
import { accessMatrix, type Cell } from './matrix.ts';

let cluster: RbacCluster;
let token: string;
let cells: Cell[];
beforeAll(async () => {
  cluster = await startRbacCluster();
  await cluster.allow('reader', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]);
  token = await cluster.tokenOf('reader');
  cells = await accessMatrix(cluster.server, ['default', 'other', 'kube-system', 'not-there']);
});
afterAll(() => cluster.server.close());

/** What any authenticated user may ask about themselves (ClusterRole `system:basic-user`). */
const selfReviews = new Set(['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews']);
const mayGetPods = ({ group, resource, verb, namespace }: Cell): boolean =>
  group === '' && resource === 'pods' && verb === 'get' && namespace === 'default';

/** Asks all with so many at once; what each came to. */
async function askAll(all: readonly Cell[], who: string | undefined): Promise<{ cell: Cell; status: number; text: string }[]> {
  const outcomes: { cell: Cell; status: number; text: string }[] = [];
  const left = all.values();
  const work = async (): Promise<void> => {
    for (const cell of left) {
      const { method, path, headers = {}, body } = cell;
      const answer = await cluster.as(who, method, path, { headers, ...(body === undefined ? {} : { body }) });
      outcomes.push({ cell, status: answer.status, text: answer.body.toString() });
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  return outcomes;
}

const shown = ({ cell, status, text }: { cell: Cell; status: number; text: string }): string =>
  `${cell.method} ${cell.path}: ${status} ${text.slice(0, 200)}`;

describe('an account that may get pods in one namespace', () => {
  test('is refused every other verb, resource, subresource and namespace', async () => {
    const others = cells.filter((cell) => !mayGetPods(cell) && !(selfReviews.has(cell.resource) && cell.verb === 'create'));
    expect(others.length).toBeGreaterThan(3000);
    const outcomes = await askAll(others, token);
    expect(outcomes.filter(({ status }) => status !== 403).map(shown)).toEqual([]);
    // The refusal names what was asked, so that the request was taken for what it is.
    const misnamed = outcomes.filter(
      ({ cell, text }) => !text.includes(`cannot ${cell.verb} resource \\"${cell.resource}\\" in API group \\"${cell.group}\\"`),
    );
    expect(misnamed.map(shown)).toEqual([]);
    expect(outcomes.filter(({ text }) => text.includes(marker)).map(shown)).toEqual([]);
  });

  test('gets its pods, and may ask what it may', async () => {
    const allowed = await askAll(cells.filter(mayGetPods), token);
    expect(allowed.map(({ status }) => status)).toEqual([200]);
    const reviews = await askAll(
      cells.filter(({ resource, verb, path }) => selfReviews.has(resource) && verb === 'create' && !path.includes('dryRun')),
      token,
    );
    expect(reviews.map(({ status }) => status).filter((status) => status === 403)).toEqual([]);
  });

  test('has changed nothing', async () => {
    for (const path of ['/api/v1/namespaces/default/secrets/x', '/api/v1/namespaces/other/pods/x', '/api/v1/nodes/n1']) {
      expect((await cluster.server.send('GET', path)).status).toBe(200);
    }
  });
});

describe('nobody in particular', () => {
  test('is refused everything that discovery tells of', async () => {
    const sample = cells.filter(({ namespace }) => namespace === undefined || namespace === 'default');
    const outcomes = await askAll(sample, undefined);
    expect(outcomes.filter(({ status }) => status !== 403).map(shown)).toEqual([]);
  });
});

describe('paths that are no resources', () => {
  /** path → who gets it: anybody, who has authenticated, nobody of these two */
  const rows: [path: string, who: 'anybody' | 'authenticated' | 'nobody'][] = [
    ['/healthz', 'anybody'],
    ['/livez', 'anybody'],
    ['/readyz', 'anybody'],
    ['/version', 'anybody'],
    ['/version/', 'anybody'],
    ['/healthz/', 'nobody'],
    ['/healthz/ping', 'nobody'],
    ['/readyz/etcd', 'nobody'],
    ['/livez/../metrics', 'nobody'],
    ['/api', 'authenticated'],
    ['/api/v1', 'authenticated'],
    ['/apis', 'authenticated'],
    ['/apis/apps', 'authenticated'],
    ['/apis/apps/v1', 'authenticated'],
    ['/openapi/v2', 'authenticated'],
    ['/openapi/v3', 'authenticated'],
    ['/openapi/v3/apis/apps/v1', 'authenticated'],
    ['/openid/v1/jwks', 'authenticated'],
    ['/.well-known/openid-configuration', 'authenticated'],
    ['/', 'nobody'],
    ['/metrics', 'nobody'],
    ['/metrics/slis', 'nobody'],
    ['/logs', 'nobody'],
    ['/debug/pprof/', 'nobody'],
    ['/debug/flags/v', 'nobody'],
    ['/configz', 'nobody'],
    ['//api', 'nobody'],
    ['/API', 'nobody'],
  ];
  test.each(rows)('%s is for %s', async (path, who) => {
    const anonymous = await cluster.as(undefined, 'GET', path);
    const account = await cluster.as(token, 'GET', path);
    expect([anonymous.status, account.status]).toEqual({ anybody: [200, 200], authenticated: [403, 200], nobody: [403, 403] }[who]);
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('%s is not GET', async (method) => {
    for (const path of ['/healthz', '/version', '/api', '/openapi/v2']) expect((await cluster.as(token, method, path)).status).toBe(403);
  });
});
