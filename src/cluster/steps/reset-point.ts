import type { Step } from '../run-steps.ts';
import type { ClusterSpec } from '../spec.ts';
import { markResetPoint } from '../state/api-state.ts';
import { made, type UpState } from './state.ts';

export const resetPointStep = (spec: ClusterSpec): Step<UpState> => ({
  id: 'reset-point',
  label: 'Keep the state for reset',
  needs: ['ready', 'service-account', ...(spec.registry === undefined ? [] : ['registry'])],
  run: async (state) => void (await markResetPoint(made(state.reach, 'reach').client)),
});
