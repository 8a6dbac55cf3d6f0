import { performance } from 'node:perf_hooks';

/** From this share of its time on, a process has no time to spare. */
const full = 0.5;

/** Says, each time that it is called, whether the event loop has been busy since the last time. */
export function loadOfProcess(): () => boolean {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization > full;
  };
}
