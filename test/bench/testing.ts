import { createCluster } from '../../src/testing/testing.ts';
import { cronJob, deployment } from '../integration/testing/objects.ts';
import { type Figures, figures, round, say, timed } from './measure.ts';

export interface TestingReport {
  /** `createCluster()` until a Deployment of ten pods is Ready; milliseconds, as all below. */
  createToReady: Figures;
  create: Figures;
  reset: Figures;
  /** Until pods can be made in the fork. */
  fork: Figures;
  /** A day of a CronJob that runs every hour, on the virtual clock. */
  cronJobDay: Figures;
  /** The same of one that runs every five minutes: 288 Jobs, each of about 50 requests. */
  busyCronJobDay: Figures;
}

const rounds = 20;
const days = 3;

/** What the library for tests takes, after two rounds of warming up. */
export async function testing(): Promise<TestingReport> {
  const took = {
    createToReady: [] as number[],
    create: [] as number[],
    reset: [] as number[],
    fork: [] as number[],
    cronJobDay: [] as number[],
    busyCronJobDay: [] as number[],
  };
  for (let index = -2; index < rounds; index++) {
    const { ms: create, value: cluster } = await timed(() => createCluster());
    const { ms: ready } = await timed(async () => {
      await cluster.apply(deployment('web', 10));
      await cluster.waitFor('deploy/web', 'Ready');
    });
    const { ms: fork, value: forked } = await timed(() => cluster.fork());
    const { ms: reset } = await timed(() => cluster.reset());
    await Promise.all([forked.stop(), cluster.stop()]);
    if (index < 0) continue;
    took.create.push(create);
    took.createToReady.push(create + ready);
    took.fork.push(fork);
    took.reset.push(reset);
  }
  for (let day = 0; day < days; day++) {
    took.cronJobDay.push(await dayOf('0 * * * *'));
    took.busyCronJobDay.push(await dayOf('*/5 * * * *'));
  }
  const report = {
    createToReady: figures(took.createToReady),
    create: figures(took.create),
    reset: figures(took.reset),
    fork: figures(took.fork),
    cronJobDay: figures(took.cronJobDay),
    busyCronJobDay: figures(took.busyCronJobDay),
  };
  say(`testing: ${round(report.createToReady.median)} ms to a Deployment of ten pods`);
  return report;
}

async function dayOf(schedule: string): Promise<number> {
  await using cluster = await createCluster({ clock: 'virtual' });
  await cluster.apply(cronJob('tick', schedule));
  return (await timed(() => cluster.advance('24h'))).ms;
}
