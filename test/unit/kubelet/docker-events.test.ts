import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { expect, test } from 'vitest';
import type { DockerContext } from '../../../src/kubelet/runtime/docker/context.ts';
import { runtimeEvents } from '../../../src/kubelet/runtime/docker/events.ts';
import { runtimeLabels } from '../../../src/kubelet/runtime/runtime.ts';

const line = (Action: string, ID: string): string =>
  `${JSON.stringify({ Action, Actor: { ID, Attributes: { [runtimeLabels.podUid]: 'pod-1' } } })}\n`;

test('a container that the kubelet does not know is no news when it goes', async () => {
  const docker = { getEvents: async () => Readable.from([line('destroy', 'never-made'), line('die', 'a'), line('destroy', 'a')]) };
  const context = { docker: docker as unknown as Dockerode } as DockerContext;
  const seen: string[] = [];
  const follow = async (): Promise<void> => {
    const events = runtimeEvents(context, (id) => id === 'a', new AbortController().signal);
    for await (const event of events) seen.push(`${event.type} ${event.id}`);
  };
  await expect(follow()).rejects.toThrow('ended its event stream');
  expect(seen).toEqual(['stopped a', 'removed a']);
});
