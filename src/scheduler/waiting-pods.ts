import type { Clock } from '../util/clock.ts';
import type { PodInfo } from './cache/pod-info.ts';
import type { WaitingPod, WaitingPods } from './framework/interface.ts';
import { type Status, statusesOf } from './framework/status.ts';

/** Holds pods at Permit until every holder lets go, one refuses, or one's time is up. */
export interface WaitingRoom extends WaitingPods {
  /** Resolves to undefined when the pod may be bound. `holders`: plugin → longest hold, ms. */
  hold(info: PodInfo, nodeName: string, holders: ReadonlyMap<string, number>): Promise<Status | undefined>;
}

export function createWaitingRoom(clock: Clock): WaitingRoom {
  const pods = new Map<string, WaitingPod>();
  return {
    get: (uid) => pods.get(uid),
    hold: (info, nodeName, holders) =>
      new Promise((resolve) => {
        const left = new Set(holders.keys());
        const end = (status: Status | undefined): void => {
          for (const timer of timers) timer.cancel();
          pods.delete(info.uid);
          resolve(status);
        };
        const reject = (plugin: string, reason: string): void => end(statusesOf(plugin).unschedulable(reason));
        const timers = [...holders].map(([plugin, ms]) =>
          clock.after(ms, () => reject(plugin, `rejected due to timeout after waiting ${ms / 1000}s at plugin ${plugin}`)),
        );
        pods.set(info.uid, {
          info,
          nodeName,
          reject,
          allow(plugin) {
            left.delete(plugin);
            if (left.size === 0) end(undefined);
          },
        });
      }),
  };
}
