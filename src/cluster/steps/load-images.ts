import { nodesOf } from '../access.ts';
import { loadInto } from '../load/load-images.ts';
import type { Step } from '../run-steps.ts';
import { nodeStepId } from './node.ts';
import type { UpState } from './state.ts';

/** Loads the images that the specification names; nodes' own engines answer long before the nodes are Ready. */
export const loadImagesStep = (nodes: readonly string[]): Step<UpState> => ({
  id: 'load',
  label: 'Load images into the nodes',
  needs: nodes.map(nodeStepId),
  run: async (state) => loadInto(state.context, await nodesOf(state.context, state.cluster), state.spec.images),
});
