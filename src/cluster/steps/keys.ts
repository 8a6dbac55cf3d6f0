import { createClusterKeys } from '../node-files.ts';
import type { Step } from '../run-steps.ts';
import type { UpState } from './state.ts';

export const keysStep: Step<UpState> = {
  id: 'keys',
  label: 'Make certificates and keys',
  needs: [],
  async run(state) {
    state.keys = await createClusterKeys();
  },
};
