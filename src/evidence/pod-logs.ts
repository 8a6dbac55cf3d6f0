import { kinds } from '../api/scheme.ts';
import type { ContainerStatus, Pod } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import { messageOf } from '../util/errors.ts';
import type { Collector, EvidenceFile } from './collector.ts';

const tailLines = 5000;

/** `logs/<namespace>/<pod>/<container>.log`, and `.previous.log` of one that was started again: their last lines. */
export const collectPodLogs: Collector = async function* ({ client }) {
  const { items } = await client.list(kinds.Pod);
  for (const pod of items) yield* await Promise.all(logsOf(pod).map((log) => read(client, pod, log)));
};

interface ContainerLog {
  container: string;
  previous: boolean;
}

function logsOf({ status = {} }: Pod): ContainerLog[] {
  const statuses = [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses].flatMap(
    (each) => each ?? [],
  );
  return statuses.flatMap((one) => [
    ...(hasRun(one) ? [{ container: one.name, previous: false }] : []),
    ...((one.restartCount ?? 0) > 0 ? [{ container: one.name, previous: true }] : []),
  ]);
}

const hasRun = ({ state, lastState }: ContainerStatus): boolean =>
  state?.running !== undefined || state?.terminated !== undefined || lastState?.terminated !== undefined;

async function read(client: Client, { metadata }: Pod, { container, previous }: ContainerLog): Promise<EvidenceFile> {
  const { name = '', namespace = '' } = metadata;
  const query = new URLSearchParams({
    container,
    timestamps: 'true',
    tailLines: String(tailLines),
    ...(previous ? { previous: 'true' } : {}),
  });
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?${query}`;
  const text = await client.raw<string>('GET', path).catch((thrown: unknown) => `(not to be had: ${messageOf(thrown)})\n`);
  return { path: `logs/${namespace}/${name}/${container}${previous ? '.previous' : ''}.log`, text: String(text) };
}
