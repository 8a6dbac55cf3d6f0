import type { Step } from '../run-steps.ts';
import type { UpState } from './state.ts';

/** Has no undo: the image is a cache that the next cluster uses. */
export const imageStep: Step<UpState> = {
  id: 'image',
  label: 'Prepare the node image',
  needs: [],
  async run(state, signal) {
    state.image = await state.context.images.node(signal);
  },
};
