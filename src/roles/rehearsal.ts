import { networkingOf } from '../cluster/plan.ts';
import { defaultClusterSpec } from '../cluster/spec.ts';
import { createMemoryStore } from '../store/memory.ts';
import { systemClock } from '../util/clock.ts';
import { silentLogger } from '../util/log.ts';
import { startControlPlane } from './control-plane.ts';

/**
 * `shoal rehearse`, the last step of building a node image: loads what a node's processes load and starts a control plane in
 * memory, so that Node's compile cache in the image holds the code that every start of a node runs first.
 */
export async function rehearse(): Promise<void> {
  await Promise.all([import('./server.ts'), import('./kubelet.ts'), import('./fault-agent.ts')]);
  const plane = await startControlPlane({
    store: createMemoryStore({ clock: systemClock }),
    clock: systemClock,
    log: silentLogger,
    networking: networkingOf(defaultClusterSpec('rehearsal', 0)),
  });
  await plane.stop();
}
