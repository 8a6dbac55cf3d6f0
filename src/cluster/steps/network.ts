import { placeNodes } from '../plan.ts';
import type { Step } from '../run-steps.ts';
import type { UpState } from './state.ts';

export const networkStep: Step<UpState> = {
  id: 'network',
  label: 'Create the cluster network',
  needs: [],
  async run(state) {
    state.network = await state.context.provider.createNetwork(state.spec.name);
    state.places = placeNodes(state.spec, state.network.subnet);
  },
  undo: (state) => state.context.provider.removeNetwork(state.spec.name),
};
