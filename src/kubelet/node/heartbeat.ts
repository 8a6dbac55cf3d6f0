import { semanticEqual } from '../../api/deep-equal.ts';
import { kinds } from '../../api/scheme.ts';
import type { Node, NodeStatus } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/recorder.ts';
import { type Clock, type Timer, timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import { renewLease } from './lease.ts';
import { withExtendedResources } from './node-status.ts';

export interface Heartbeat {
  stop(): void;
}

/**
 * Keeps the API believing in the node, with one timer: every `leaseRenewMs` the lease is renewed, and the status is written
 * when it changed, when the API has another (a node that was cut off has been declared Unknown there), or when
 * `statusReportMs` have passed.
 */
export function startHeartbeat(deps: {
  client: Client;
  clock: Clock;
  log: Logger;
  recorder: EventRecorder;
  registered: Node;
  leaseRenewMs: number;
  statusReportMs: number;
  random: () => number;
  /** The node as the API has it; undefined when that is not known. */
  current(): Node | undefined;
  /** The status as of now. */
  status(before: Node | undefined, now: string): Promise<NodeStatus>;
}): Heartbeat {
  const { client, clock, log, registered, random } = deps;
  const name = registered.metadata.name ?? '';
  let reported: NodeStatus = registered.status ?? {};
  let reportedAt = clock.now();
  let timer: Timer | undefined;
  let stopped = false;

  async function report(): Promise<void> {
    const posted = deps.current()?.status;
    const status = withExtendedResources(await deps.status({ ...registered, status: reported }, timestamp(clock)), posted);
    const due = clock.now() - reportedAt >= deps.statusReportMs;
    const overruled = posted !== undefined && !agrees(posted, status);
    if (!due && !overruled && semanticEqual(withoutTimes(reported), withoutTimes(status))) return;
    const wasReady = isReady(posted ?? reported);
    await client.patch(kinds.Node, name, undefined, { status }, { type: 'strategic', subresource: 'status' });
    if (wasReady !== isReady(status)) {
      const reason = wasReady ? 'NodeNotReady' : 'NodeReady';
      deps.recorder.event(registered, 'Normal', reason, `Node ${name} status is now: ${reason}`);
    }
    reported = status;
    reportedAt = clock.now();
  }

  async function beat(): Promise<void> {
    await renewLease(client, clock, name, registered.metadata.uid).catch((thrown: unknown) =>
      log.debug(`renewing the lease of node ${name}: ${messageOf(thrown)}`),
    );
    await report().catch((thrown: unknown) => log.debug(`writing the status of node ${name}: ${messageOf(thrown)}`));
    // Upstream spreads renewals by up to 4%.
    if (!stopped) timer = clock.after(deps.leaseRenewMs * (1 + 0.04 * random()), () => void beat());
  }
  void beat();
  return {
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

const isReady = ({ conditions }: NodeStatus): boolean =>
  conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

/** Whether the conditions that the kubelet vouches for stand in the API as it sees them. */
const agrees = (posted: NodeStatus, own: NodeStatus): boolean =>
  (own.conditions ?? []).every(({ type, status }) => posted.conditions?.some((other) => other.type === type && other.status === status));

const withoutTimes = (status: NodeStatus): unknown => ({
  ...status,
  conditions: status.conditions?.map(({ type, status: value, reason, message }) => ({ type, value, reason, message })),
});
