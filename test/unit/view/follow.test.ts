import { describe, expect, it } from 'vitest';
import { kinds } from '../../../src/api/scheme.ts';
import { ApiError } from '../../../src/api/status.ts';
import type { Client } from '../../../src/client/client.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';
import { watchedClient } from '../../../src/view/connection.ts';
import { followInformers } from '../../../src/view/follow.ts';
import { staticInformers } from '../../support/static-informers.ts';
import { node, pod } from './objects.ts';

describe('follow', () => {
  it('gives the picture now and one for all changes of a moment, and ends with the signal', async () => {
    const clock = virtualClock();
    const informers = staticInformers();
    informers.set(kinds.Node, [node('a')]);
    const stop = new AbortController();
    const pictures = followInformers(informers, { clock, signal: stop.signal, coalesceMs: 100 });
    const first = await pictures.next();
    expect(first.value).toMatchObject({ nodes: [{ name: 'a', pods: [] }], stale: false });
    const second = pictures.next();
    informers.set(kinds.Pod, [pod('one', { node: 'a' })]);
    informers.set(kinds.Pod, [pod('one', { node: 'a' }), pod('two', { node: 'a' })]);
    await clock.advance(100);
    expect((await second).value).toMatchObject({ nodes: [{ pods: [{ name: 'one' }, { name: 'two' }] }] });
    const last = pictures.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  });
});

describe('watchedClient', () => {
  it('notices an outage, and its end, without being asked', async () => {
    const clock = virtualClock();
    let up = false;
    const answer = async (): Promise<never> => {
      if (!up) throw new ApiError('ServiceUnavailable', 'refused');
      return {} as never;
    };
    const seen: boolean[] = [];
    const { client, connection } = watchedClient({ list: answer, raw: answer } as unknown as Client, clock, new AbortController().signal);
    connection.onChange(() => seen.push(connection.lost));
    await expect(client.list(kinds.Pod)).rejects.toThrow('refused');
    expect(seen).toEqual([true]);
    await clock.advance(10_000);
    expect(connection.lost).toBe(true);
    up = true;
    await clock.advance(5_000);
    expect(seen).toEqual([true, false]);
  });
});
