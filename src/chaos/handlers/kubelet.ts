import { parseDuration } from '../../util/duration.ts';
import type { Handler } from '../executor.ts';

/** What of a kubelet can be tampered with: `NodeControls` of the kubelet, which this room does not know. */
export interface KubeletControls {
  pulls: Map<string, { match: string | undefined; delayMs: number; failure: string | undefined }>;
  /** Milliseconds. */
  skews: Map<string, number>;
}

/** A duration that may be negative, in milliseconds. */
export const parseOffset = (text: string): number => {
  const size = parseDuration(text.replace(/^-/, '')) ?? 0;
  return text.startsWith('-') ? -size : size;
};

/** Faults that live in the memory of a kubelet: a restart of it removes them. */
export const kubeletHandlers = (controls: KubeletControls) =>
  ({
    ClockSkew: {
      inject: async ({ id, spec }) => void controls.skews.set(id, parseOffset(spec.clock?.offset ?? '0s')),
      undo: async ({ id }) => void controls.skews.delete(id),
    },
    ImagesFail: {
      inject: async ({ id, fault, spec }) =>
        void controls.pulls.set(id, { match: spec.images?.match, delayMs: 0, failure: `pulls fail on purpose (fault ${fault})` }),
      undo: async ({ id }) => void controls.pulls.delete(id),
    },
    ImagesSlow: {
      inject: async ({ id, spec }) => {
        const delayMs = parseDuration(spec.images?.delay) ?? 0;
        controls.pulls.set(id, { match: spec.images?.match, delayMs, failure: undefined });
      },
      undo: async ({ id }) => void controls.pulls.delete(id),
    },
  }) as const satisfies Record<string, Handler>;
