import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import type { Job, JobSpec } from '../../../src/api/types/batch-v1.ts';
import { startWorld, type World } from './harness.ts';

let world: World;
afterEach(() => world.stop());

const create = (spec: Partial<JobSpec> = {}): Promise<Job> =>
  world.client.create(kinds.Job, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace: 'default' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'work:1' }] } }, ...spec },
  });
const read = () => world.client.get(kinds.Job, 'work', 'default');
const has = async (type: string): Promise<boolean> =>
  (await read()).status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;

describe('a Job', () => {
  it('completes when as many pods have succeeded as it asks for', async () => {
    world = await startWorld({ pod: () => 'succeeded' });
    await create({ completions: 5, parallelism: 2 });
    await world.until('complete', () => has('Complete'));
    const { status } = await read();
    expect(status).toMatchObject({ succeeded: 5, ready: 0 });
    expect(status?.failed ?? 0).toBe(0);
    expect(status?.active ?? 0).toBe(0);
    expect(status?.completionTime).toBeDefined();
    expect(status?.conditions?.map(({ type, reason }) => `${type}/${reason}`)).toEqual([
      'SuccessCriteriaMet/CompletionsReached',
      'Complete/CompletionsReached',
    ]);
    const pods = await world.list(kinds.Pod);
    expect(pods).toHaveLength(5);
    expect(pods.flatMap((pod) => pod.metadata.finalizers ?? [])).toEqual([]);
    expect(await world.events('Completed')).toEqual(['Job completed']);
  });

  it('gives Indexed pods their index and names the completed ones', async () => {
    world = await startWorld({ pod: () => 'succeeded' });
    await create({ completions: 4, parallelism: 4, completionMode: 'Indexed' });
    await world.until('complete', () => has('Complete'));
    expect((await read()).status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' });
    const pods = await world.list(kinds.Pod);
    expect(pods.map((pod) => pod.metadata.labels?.['batch.kubernetes.io/job-completion-index']).sort()).toEqual(['0', '1', '2', '3']);
    expect(pods.every((pod) => pod.metadata.name?.startsWith(`${pod.spec?.hostname}-`) === true)).toBe(true);
  });

  it('backs off between failures and fails beyond the limit', async () => {
    world = await startWorld({ pod: () => 'failed' });
    await create({ backoffLimit: 2 });
    await world.until('one failure', async () => (await read()).status?.failed === 1);
    await world.clock.advance(5_000);
    expect(await world.list(kinds.Pod)).toHaveLength(1);
    await world.clock.advance(60_000);
    await world.until('failed', () => has('Failed'));
    const { status } = await read();
    expect(status).toMatchObject({ failed: 3 });
    expect(status?.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
    });
  });

  it('stops its pods when the deadline has passed', async () => {
    world = await startWorld();
    await create({ parallelism: 2, completions: 2, activeDeadlineSeconds: 60 });
    await world.until('running', async () => (await read()).status?.ready === 2);
    await world.clock.advance(61_000);
    await world.until('failed', () => has('Failed'));
    expect((await read()).status?.conditions?.map(({ type, reason }) => `${type}/${reason}`)).toEqual([
      'FailureTarget/DeadlineExceeded',
      'Failed/DeadlineExceeded',
    ]);
    expect(await world.list(kinds.Pod)).toEqual([]);
  });

  it('runs no pod while suspended', async () => {
    world = await startWorld({ pod: () => 'ready' });
    await create({ parallelism: 2, completions: 2, suspend: true });
    await world.until('suspended', () => has('Suspended'));
    expect(await world.list(kinds.Pod)).toEqual([]);
    await world.client.patch(kinds.Job, 'work', 'default', { spec: { suspend: false } });
    await world.until('running', async () => (await read()).status?.ready === 2);
    await world.client.patch(kinds.Job, 'work', 'default', { spec: { suspend: true } });
    await world.until('stopped', async () => (await world.list(kinds.Pod)).length === 0);
    expect((await read()).status?.startTime).toBeUndefined();
    // Neither its end nor that of pods beyond a smaller parallelism is a failure that others would have to wait for.
    expect((await read()).status?.failed ?? 0).toBe(0);
    await world.client.patch(kinds.Job, 'work', 'default', { spec: { suspend: false } });
    await world.until('running at once', async () => (await read()).status?.ready === 2);
    await world.client.patch(kinds.Job, 'work', 'default', { spec: { parallelism: 1 } });
    await world.until('one', async () => (await world.list(kinds.Pod)).length === 1 && (await read()).status?.active === 1);
    expect((await read()).status?.failed ?? 0).toBe(0);
  });

  it('holds a failed pod of an index until the next one has taken over its failures', async () => {
    world = await startWorld({
      pod: (pod) => (pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'] === '0' ? 'failed' : 'ready'),
    });
    await create({ completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1 });
    const failed = async () => (await world.list(kinds.Pod)).filter(({ status }) => status?.phase === 'Failed');
    await world.until('one failure', async () => (await failed()).length === 1);
    const [first] = await failed();
    await world.client.delete(kinds.Pod, first?.metadata.name ?? '', 'default', { gracePeriodSeconds: 0 });
    await world.clock.advance(8_000);
    expect((await failed()).map(({ metadata }) => metadata.name)).toEqual([first?.metadata.name]);
    await world.clock.advance(5_000);
    await world.until('index 0 has failed', async () => (await read()).status?.failedIndexes === '0');
    await world.until('both counted', async () => (await read()).status?.failed === 2);
    expect((await failed()).map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'])).toEqual(['1']);
  });

  it('fails at once where the failure policy says so', async () => {
    world = await startWorld({ pod: () => 'failed' });
    const rules = [{ action: 'FailJob', onPodConditions: [{ type: 'Ready', status: 'False' }] }];
    await create({ podFailurePolicy: { rules } });
    await world.until('failed', () => has('Failed'));
    expect((await read()).status?.conditions?.find(({ type }) => type === 'Failed')).toMatchObject({ reason: 'PodFailurePolicy' });
  });

  it('is deleted ttlSecondsAfterFinished after it ended', async () => {
    world = await startWorld({ pod: () => 'succeeded' });
    await create({ ttlSecondsAfterFinished: 100 });
    await world.until('complete', () => has('Complete'));
    await world.clock.advance(90_000);
    expect(await world.list(kinds.Job)).toHaveLength(1);
    await world.clock.advance(11_000);
    await world.until('deleted', async () => (await world.list(kinds.Job)).length === 0);
    await world.until('pods gone', async () => (await world.list(kinds.Pod)).length === 0);
  });
});
