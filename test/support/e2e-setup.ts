import { connectCluster } from '../../src/cluster/connect.ts';
import { engineStatus } from '../../src/cluster/engine/engine.ts';
import { systemClock } from '../../src/util/clock.ts';
import { createLogger } from '../../src/util/log.ts';
import { shoal } from './e2e.ts';

/** Before the first e2e test: an engine that answers, the node image, and the sample website's images on it. */
export async function setup(): Promise<void> {
  if ((await engineStatus()).state !== 'running') {
    const started = await shoal.try(['engine', 'start']);
    if (started.code !== 0) await shoal(['engine', 'install', '--yes']);
  }
  const context = await connectCluster({ clock: systemClock, log: createLogger('e2e', { level: 'warn' }) });
  await context.images.node();
  await context.images.website();
}
