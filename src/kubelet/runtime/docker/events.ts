import type { Readable } from 'node:stream';
import { jsonLines } from '../../../client/json-lines.ts';
import { messageOf } from '../../../util/errors.ts';
import { RuntimeError, type RuntimeEvent, runtimeLabels } from '../runtime.ts';
import { type DockerContext, labels, runtimeError } from './context.ts';

interface EngineEvent {
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
}

/** Docker's container events in the CRI's words. Ends with the signal; throws `unavailable` when the engine hangs up. */
export async function* runtimeEvents(
  context: DockerContext,
  forget: (id: string) => boolean,
  signal: AbortSignal,
): AsyncIterable<RuntimeEvent> {
  let stream: Readable;
  try {
    stream = (await context.docker.getEvents({
      filters: { type: ['container'], event: ['start', 'die', 'destroy', 'oom'], label: [runtimeLabels.podUid] },
    })) as unknown as Readable;
  } catch (failure) {
    throw runtimeError('unavailable', failure);
  }
  const stop = (): void => void stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  stream.on('error', () => undefined);
  try {
    for await (const line of jsonLines(stream)) {
      const event = line as EngineEvent;
      const own = event.Actor.Attributes;
      const sandbox = own[labels.type] === 'podsandbox';
      const base = { podUid: own[runtimeLabels.podUid] ?? '', id: event.Actor.ID };
      if (event.Action === 'start') {
        if (!sandbox) yield { type: 'started', ...base };
      } else if (event.Action === 'oom') yield { type: 'oom', ...base };
      else if (event.Action === 'die') yield { type: sandbox ? 'sandbox-stopped' : 'stopped', ...base };
      else if (event.Action === 'destroy') {
        // Nobody waits for what the kubelet removed itself; and a container that could not even be created is "destroyed", too.
        if (forget(event.Actor.ID)) yield { type: 'removed', ...base };
      }
    }
  } catch (failure) {
    // Destroying a stream that is being read shows as a failure of the reading.
    if (!signal.aborted) throw new RuntimeError('unavailable', `the container engine's event stream broke: ${messageOf(failure)}`, failure);
    return;
  } finally {
    signal.removeEventListener('abort', stop);
    stream.destroy();
  }
  if (!signal.aborted) throw new RuntimeError('unavailable', 'the container engine ended its event stream');
}
