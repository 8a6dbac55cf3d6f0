import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { pictureOf } from '../../../src/view/picture-of.ts';
import { renderPicture } from '../../../src/view/text/render-picture.ts';
import { printable } from '../../../src/view/text/spans.ts';
import { deployment, event, node, pod, replicaSet, service, slice } from './objects.ts';

const nodes = ['demo-control-plane', 'demo-worker', 'demo-worker2'].map((name) => node(name));
const pods = nodes.flatMap(({ metadata }, index) => [
  pod(`web-abc-${index}aaaa`, { node: metadata.name ?? '', set: 'web-abc', hash: 'abc', cpu: '1' }),
  pod(`api-${index}`, { node: metadata.name ?? '', waiting: 'CrashLoopBackOff', restarts: 3 }),
]);
const small = pictureOf({
  nodes,
  pods: [...pods, pod('big', { unschedulable: 'Insufficient cpu' })],
  replicaSets: [replicaSet('web-abc', 'web', 1, 3)],
  deployments: [deployment('web', 3, { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 })],
  services: [service('web')],
  endpointSlices: [slice('web', [{ name: 'web-abc-0aaaa', node: 'demo-worker', ready: true }])],
  events: [event('BackOff', 'back-off restarting', '2026-01-01T00:00:00Z')],
});
const crowded = pictureOf({
  nodes,
  pods: Array.from({ length: 500 }, (_, i) => pod(`p-${i}`, { node: nodes[i % 3]?.metadata.name ?? '' })),
});
const wide = pictureOf({ nodes: Array.from({ length: 40 }, (_, i) => node(`node-${i}`)), pods: [] });

describe('renderPicture', () => {
  it('shows nodes side by side with their pods, the pending ones apart, rollouts, services and events', () => {
    const text = renderPicture(small, { width: 80, height: 24, color: false });
    expect(text).toContain('3 nodes · 7 pods  ● 3 ready  ○ 1 pending  ✗ 3 failing');
    expect(text).toMatch(/demo-control-plane\s*│demo-worker\s*│demo-worker2\s*│pending/);
    expect(text).toMatch(/● web·0aaaa\s*│● web·1aaaa\s*│● web·2aaaa/);
    expect(text).toContain('○ big');
    expect(text).toContain('✓ web 3/3 rev 1 Deployment');
    expect(text).toContain('→ web Service http 80,53/UDP 1/1 ready web-abc-0aaaa');
    expect(text).toContain('BackOff pod/web: back-off restarting');
  });

  const sizes = [
    [80, 24],
    [40, 12],
    [120, 40],
    [24, 8],
    [200, 60],
  ] as const;
  it.each(
    sizes.flatMap(([width, height]) => ([small, crowded, wide] as const).map((picture, index) => ({ width, height, picture, index }))),
  )('stays within $width×$height (picture $index), in colour and without', ({ width, height, picture }) => {
    const plain = renderPicture(picture, { width, height, color: false }).split('\n');
    const colored = renderPicture(picture, { width, height, color: true }).split('\n');
    expect(plain.length).toBeLessThanOrEqual(height);
    expect(Math.max(...plain.map((each) => each.length))).toBeLessThanOrEqual(width);
    expect(plain.join('')).not.toContain('\x1b');
    expect(colored.map((each) => stripVTControlCharacters(each).trimEnd())).toEqual(plain);
  });

  it('draws every one of 500 pods as one mark', () => {
    const text = renderPicture(crowded, { width: 80, height: 24, color: false }).split('\n').slice(1).join('\n');
    expect(text.match(/●/g)).toHaveLength(500);
  });

  it('says so when it is not current', () => {
    expect(renderPicture({ ...small, stale: true }, { width: 80, height: 24, color: false })).toContain('does not answer');
  });
});

it('printable keeps what steers a terminal out of it', () => {
  expect(printable('a\x1b[2Jb\nc\u202e\u200b日')).toBe('a?[2Jb c???');
});
