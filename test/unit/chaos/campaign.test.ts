import { describe, expect, it } from 'vitest';
import { type CampaignOptions, campaignActions, planCampaign } from '../../../src/chaos/campaign.ts';
import { sample, seeded } from '../../../src/chaos/draw.ts';
import { parseDuration } from '../../../src/util/duration.ts';

const options: CampaignOptions = {
  seed: 42,
  totalMs: 1_200_000,
  everyMs: 5_000,
  longestMs: 30_000,
  nodes: ['worker', 'worker2', 'worker3'],
  actions: campaignActions,
};

describe('a campaign', () => {
  it('is the same for the same seed, in whatever order nodes are named, and another for another', () => {
    const plan = planCampaign(options);
    expect(plan.length).toBeGreaterThan(120);
    expect(planCampaign({ ...options, nodes: ['worker3', 'worker', 'worker2'] })).toEqual(plan);
    expect(planCampaign({ ...options, seed: 43 })).not.toEqual(plan);
    expect(new Set(plan.map(({ action }) => action))).toEqual(new Set(campaignActions));
  });

  it('hits no node twice at a time, and ends in time', () => {
    const hits = planCampaign(options).flatMap(({ atMs, spec }) => {
      const { from, to } = spec.network ?? {};
      const nodes = [...(spec.nodes?.names ?? []), ...[from?.node, to?.node].flatMap((node) => node ?? [])];
      return nodes.map((node) => ({ node, atMs, endMs: atMs + (parseDuration(spec.duration) ?? Number.NaN) }));
    });
    for (const { node, atMs, endMs } of hits) {
      expect(endMs).toBeLessThanOrEqual(options.totalMs);
      expect(hits.filter((other) => other.node === node && other.atMs < endMs && other.endMs > atMs)).toHaveLength(1);
    }
  });

  it('does only what it may', () => {
    const plan = planCampaign({ ...options, actions: ['ClockSkew', 'NetworkCut'], nodes: ['alone'] });
    expect(new Set(plan.map(({ action }) => action))).toEqual(new Set(['ClockSkew']));
    expect(planCampaign({ ...options, totalMs: 1_000 })).toEqual([]);
  });
});

describe('drawing', () => {
  it('gives each one at most once, in their order', () => {
    const drawn = sample(['a', 'b', 'c', 'd', 'e'], 3, seeded(1));
    expect(drawn).toEqual(drawn.toSorted());
    expect(new Set(drawn).size).toBe(3);
    expect(sample(['a', 'b'], 5, seeded(1))).toEqual(['a', 'b']);
    const first = Array.from({ length: 200 }, (_, seed) => sample(['a', 'b', 'c', 'd'], 1, seeded(seed))[0]);
    expect(new Set(first).size).toBe(4);
  });
});
