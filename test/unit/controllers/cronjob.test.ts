import { afterEach, describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { mostRecentDue, parseSchedule, timeInZone } from '../../../src/controllers/cronjob/schedule.ts';
import { startWorld, type World } from './harness.ts';

const at = (text: string): number => Date.parse(text);

describe('parseSchedule', () => {
  const rows: [name: string, schedule: string, zone: string | undefined, from: string, next: string][] = [
    ['every minute', '* * * * *', undefined, '2026-01-01T00:00:30Z', '2026-01-01T00:01:00Z'],
    ['strictly after', '0 * * * *', undefined, '2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z'],
    ['a name', '@hourly', undefined, '2026-01-01T00:00:30Z', '2026-01-01T01:00:00Z'],
    ['an interval', '@every 1h30m', undefined, '2026-01-01T00:00:30Z', '2026-01-01T01:30:30Z'],
    ['a time zone', '30 9 * * *', 'America/New_York', '2026-01-01T00:00:00Z', '2026-01-01T14:30:00Z'],
    ['either day', '0 0 13 * 5', undefined, '2026-02-01T00:00:00Z', '2026-02-06T00:00:00Z'],
  ];
  it.each(rows)('%s', (_, schedule, zone, from, next) => {
    expect(parseSchedule(schedule, zone)(at(from))).toBe(at(next));
  });
  it.each(['', '* * * *', '61 * * * *', '@sometimes', '* * * * * *'])('refuses %j', (schedule) => {
    expect(() => parseSchedule(schedule)).toThrow();
  });
});

describe('mostRecentDue', () => {
  it.each([
    ['nothing due yet', '0 * * * *', '2026-01-01T00:10:00Z', '2026-01-01T00:50:00Z', undefined, false],
    ['one', '0 * * * *', '2026-01-01T00:10:00Z', '2026-01-01T01:50:00Z', '2026-01-01T01:00:00Z', false],
    ['the last of several', '0 * * * *', '2026-01-01T00:10:00Z', '2026-01-01T05:50:00Z', '2026-01-01T05:00:00Z', false],
    ['over a weekend', '0 9 * * 1-5', '2026-01-01T10:00:00Z', '2026-01-05T08:00:00Z', '2026-01-02T09:00:00Z', false],
    ['a year of minutes', '* * * * *', '2025-01-01T00:00:00Z', '2026-01-01T00:00:30Z', '2026-01-01T00:00:00Z', true],
  ] as const)('%s', (_, schedule, earliest, now, due, tooMany) => {
    const result = mostRecentDue(parseSchedule(schedule), at(earliest), at(now));
    expect(result).toMatchObject({ due: due === undefined ? undefined : at(due), tooMany });
  });
});

describe('timeInZone', () => {
  it.each([
    ['by default', undefined, '2026-01-01T00:10:00Z'],
    ['ahead', 'Asia/Kolkata', '2026-01-01T05:40:00+05:30'],
    ['behind', 'America/New_York', '2025-12-31T19:10:00-05:00'],
    ['without an offset now', 'Europe/London', '2026-01-01T00:10:00Z'],
  ])('%s', (_, zone, text) => expect(timeInZone(at('2026-01-01T00:10:00Z'), zone)).toBe(text));
});

describe('a CronJob', () => {
  let world: World;
  afterEach(() => world.stop());
  const create = (spec: object = {}) =>
    world.client.create(kinds.CronJob, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'tick', namespace: 'default' },
      spec: {
        schedule: '*/10 * * * *',
        jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } },
        ...spec,
      },
    });
  const minutes = (count: number): Promise<void> => world.clock.advance(count * 60_000);
  const read = () => world.client.get(kinds.CronJob, 'tick', 'default');
  const jobNames = async () => (await world.list(kinds.Job)).map(({ metadata }) => metadata.name).sort();
  const nameAt = (text: string): string => `tick-${at(text) / 60_000}`;

  it('starts a Job when it is due and keeps a history', async () => {
    world = await startWorld({ heartbeats: false, pod: () => 'succeeded' });
    await create({ successfulJobsHistoryLimit: 2 });
    await minutes(9);
    expect(await jobNames()).toEqual([]);
    await minutes(2);
    expect(await jobNames()).toEqual([nameAt('2026-01-01T00:10:00Z')]);
    await minutes(30);
    expect(await jobNames()).toEqual([nameAt('2026-01-01T00:30:00Z'), nameAt('2026-01-01T00:40:00Z')]);
    expect((await read()).status).toMatchObject({ lastScheduleTime: '2026-01-01T00:40:00Z' });
    expect((await read()).status?.active ?? []).toEqual([]);
  });

  it.each([
    ['Allow', 3],
    ['Forbid', 1],
    ['Replace', 1],
  ])('under %s has %i running after three due times', async (concurrencyPolicy, running) => {
    world = await startWorld({ heartbeats: false });
    await create({ concurrencyPolicy });
    await minutes(31);
    const jobs = await world.list(kinds.Job);
    expect(jobs).toHaveLength(running);
    const newest = concurrencyPolicy === 'Forbid' ? '2026-01-01T00:10:00Z' : '2026-01-01T00:30:00Z';
    expect(await jobNames()).toContain(nameAt(newest));
    expect((await read()).status?.active).toHaveLength(running);
  });

  it('says that a day which never comes is no schedule', async () => {
    world = await startWorld({ heartbeats: false });
    await create({ schedule: '59 23 31 2 *' });
    await world.until('the event', async () => (await world.events('InvalidSchedule')).length === 1);
    expect(await world.events('InvalidSchedule')).toEqual([
      'invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second',
    ]);
  });

  it('starts nothing while suspended', async () => {
    world = await startWorld({ heartbeats: false });
    await create({ suspend: true });
    await minutes(25);
    expect(await jobNames()).toEqual([]);
  });
});
