import { PassThrough, Readable } from 'node:stream';
import Docker from 'dockerode';
import { describe, expect, test } from 'vitest';
import { tarOf } from '../../../src/cluster/image/context.ts';
import { buildImage, importImage } from '../../../src/cluster/image/engine-images.ts';

const full = '(HTTP code 500) server error - Error processing tar file(exit status 1): write /root/node: no space left on device';
const line = (fields: object): string => `${JSON.stringify(fields)}\n`;

/** An engine that refuses at once, or answers with these lines of progress. */
function engine(answer: Error | string): Docker {
  const docker = new Docker({ socketPath: '/nowhere' });
  const respond = async (): Promise<NodeJS.ReadableStream> => {
    if (typeof answer !== 'string') throw answer;
    return Readable.from([Buffer.from(answer)]);
  };
  return Object.assign(docker, { buildImage: respond, importImage: respond });
}
const build = (answer: Error | string, signal?: AbortSignal): Promise<unknown> =>
  buildImage(engine(answer), {
    tag: 'app:1',
    context: tarOf({ Dockerfile: { content: 'FROM scratch\n' } }),
    ...(signal === undefined ? {} : { signal }),
  });

describe('a build that fails', () => {
  test.each<[string, Error | string, string, RegExp]>([
    ['for want of space, before the first step', new Error(full), 'DISK_FULL', /no space left to build app:1/],
    [
      'for want of space, in a step',
      line({ stream: 'Step 2/3 : RUN apt' }) + line({ error: 'write /x: no space left on device' }),
      'DISK_FULL',
      /no space/,
    ],
    [
      'in a step',
      line({ stream: 'Step 2/3 : RUN apt-get update' }) +
        line({ stream: 'E: no mirror\n' }) +
        line({ error: 'returned a non-zero code: 100' }),
      'IMAGE_BUILD_FAILED',
      /non-zero code: 100 \(at Step 2\/3 : RUN apt-get update\)\nStep 2\/3 : RUN apt-get update\nE: no mirror/,
    ],
    ['because the engine refuses', new Error('server error'), 'IMAGE_BUILD_FAILED', /building app:1 failed: server error/],
  ])('%s', async (_, answer, code, message) => {
    await expect(build(answer)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('because it was interrupted says only that', async () => {
    const reason = new Error('interrupted');
    await expect(build(new Error('aborted'), AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('an import for want of space', async () => {
  await expect(importImage(engine(new Error(full)), 'base:1', new PassThrough().end())).rejects.toMatchObject({ code: 'DISK_FULL' });
});
