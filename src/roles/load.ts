import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

/** From this share of its time on, a process or a machine has no time to spare. */
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

/** Says, each time that it is called, whether the machine's processors have been busy since the last time. */
export function loadOfMachine(): () => boolean {
  let last = processorTimes();
  return () => {
    const now = processorTimes();
    const used = now.used - last.used;
    const all = now.all - last.all;
    last = now;
    return used > full * all;
  };
}

/** Of all processors together since the machine's start; milliseconds. */
function processorTimes(): { used: number; all: number } {
  let used = 0;
  let all = 0;
  for (const { times } of cpus()) {
    const busy = times.user + times.nice + times.sys + times.irq;
    used += busy;
    all += busy + times.idle;
  }
  return { used, all };
}
