import { expect, test } from 'vitest';
import { heartbeatOf } from '../../../src/cluster/node-files.ts';

test.each([
  ['Kubernetes’ own when nothing is said', undefined, undefined],
  ['a quarter of a short grace period', 4_000, 1_000],
  ['never seldomer than Kubernetes has it', 120_000, 10_000],
])('the heartbeat is %s', (_, grace, renew) => {
  const controllers = grace === undefined ? {} : { nodeMonitorGracePeriodMs: grace };
  expect(heartbeatOf(controllers).nodeLeaseRenewIntervalMs).toBe(renew);
});
