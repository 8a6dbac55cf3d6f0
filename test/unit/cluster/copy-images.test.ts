import { describe, expect, test } from 'vitest';
import { tagsToCopy } from '../../../src/cluster/load/copy-images.ts';
import type { PresentImage } from '../../../src/cluster/load/node-images.ts';

const image = (id: string, tags: string[], pulled = false): PresentImage => ({ id, tags, layers: [id], pulled });
const pause = image('sha256:p', ['shoal/pause:1']);
const v1 = image('sha256:1', ['website:v1.0']);
const v2 = image('sha256:2', ['website:v2.0']);
const nginx = image('sha256:n', ['nginx:latest'], true);

describe('a node is given', () => {
  test.each<[string, Record<string, PresentImage[]>, PresentImage[], Record<string, string[]>]>([
    ['what was loaded into its peers', { a: [pause, v1, v2] }, [pause], { a: ['website:v1.0', 'website:v2.0'] }],
    ['nothing that it has', { a: [v1], b: [v1] }, [v1], {}],
    ['each image once, by the first that has it', { a: [v1], b: [v1, v2] }, [], { a: ['website:v1.0'], b: ['website:v2.0'] }],
    ['nothing that a registry has', { a: [nginx] }, [], {}],
    ['the newer image of a tag', { a: [image('sha256:new', ['app:dev'])] }, [image('sha256:old', ['app:dev'])], { a: ['app:dev'] }],
    ['nothing nameless', { a: [image('sha256:x', [])] }, [], {}],
  ])('%s', (_, peers, present, expected) => {
    expect(Object.fromEntries(tagsToCopy(new Map(Object.entries(peers)), present))).toEqual(expected);
  });
});
