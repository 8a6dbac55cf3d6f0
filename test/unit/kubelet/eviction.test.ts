import { describe, expect, it } from 'vitest';
import type { PodSpec } from '../../../src/api/types/core-v1.ts';
import { storageExcess } from '../../../src/kubelet/pod/local-storage.ts';
import { conditions, container, pod, startNode } from './harness.ts';

const mebi = 2 ** 20;
const limited = (limit: string, more: object = {}) => container({ resources: { limits: { 'ephemeral-storage': limit } }, ...more });
const excess = (spec: Partial<PodSpec>, use: { volumes?: Record<string, number>; containers?: Record<string, number> }) =>
  storageExcess(pod('web', spec), {
    volumes: new Map(Object.entries(use.volumes ?? {})),
    containers: new Map(Object.entries(use.containers ?? {})),
  });
const cache = (sizeLimit: string | undefined, medium = '') => [
  { name: 'cache', emptyDir: { medium, ...(sizeLimit === undefined ? {} : { sizeLimit }) } },
];

describe('a pod may use of the disk', () => {
  it.each<{ name: string; spec: Partial<PodSpec>; use: Parameters<typeof excess>[1]; why: string | undefined }>([
    { name: 'what its volume is limited to', spec: { volumes: cache('1Mi') }, use: { volumes: { cache: mebi } }, why: undefined },
    {
      name: 'no more in a volume than that',
      spec: { volumes: cache('1Mi') },
      use: { volumes: { cache: mebi + 1 } },
      why: 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ',
    },
    { name: 'all of it without a limit', spec: { volumes: cache(undefined) }, use: { volumes: { cache: 2 ** 40 } }, why: undefined },
    {
      name: 'in all what its containers may together',
      spec: { containers: [limited('1Mi'), limited('2Mi', { name: 'side' })], volumes: cache(undefined) },
      use: { volumes: { cache: 2 * mebi }, containers: { web: mebi, side: mebi } },
      why: 'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
    },
    {
      name: 'memory besides',
      spec: { containers: [limited('1Mi')], volumes: cache(undefined, 'Memory') },
      use: { volumes: { cache: 2 * mebi }, containers: { web: mebi } },
      why: undefined,
    },
    {
      name: 'in a container what that may',
      spec: { containers: [limited('1Mi'), limited('9Mi', { name: 'side' })] },
      use: { containers: { web: 2 * mebi, side: 0 } },
      why: 'Container web exceeded its local ephemeral storage limit "1Mi". ',
    },
  ])('$name', ({ spec, use, why }) => expect(excess(spec, use)).toBe(why));

  it('and is evicted when it uses more', async () => {
    const node = await startNode();
    const spec = { containers: [limited('1Mi')], terminationGracePeriodSeconds: 600 };
    node.api.put('pods', pod('web', spec, { disk: '2Mi', stopDelay: '5m' }));
    await node.clock.advance(9_000);
    expect(node.pod('web')?.status?.phase).toBe('Running');
    await node.clock.advance(4_000);
    const message = 'Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. ';
    expect(node.pod('web')?.status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message });
    expect(conditions(node.pod('web'))['DisruptionTarget']).toBe('True TerminationByKubelet');
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137);
    expect(node.events('web')).toContain(`Evicted: ${message}`);
  });
});
