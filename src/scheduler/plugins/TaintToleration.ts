import { toleratesTaints, untoleratedTaint } from '../../api/toleration.ts';
import type { Node, Pod, Toleration } from '../../api/types/core-v1.ts';
import { stateKey } from '../framework/cycle-state.ts';
import { changed } from '../framework/events.ts';
import type { Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';
import { normalizeByMaximum } from './normalize.ts';

const name = 'TaintToleration';
export const taintUntolerated = 'node(s) had untolerated taint(s)';
const refused = statusesOf(name).unresolvable(taintUntolerated);
const hard = ['NoSchedule', 'NoExecute'];
const softTolerations = stateKey<readonly Toleration[]>(name);

/** NoSchedule and NoExecute taints must be tolerated; nodes with fewer untolerated PreferNoSchedule taints are preferred. */
export const createTaintToleration = (): Plugin => ({
  name,
  events: [
    { resource: 'Node', actions: ['Add', 'UpdateNodeTaint'], hint: (pod, event) => fits(pod, changed<Node>(event)) },
    { resource: 'UnscheduledPod', actions: ['UpdatePodTolerations'] },
  ],
  filter(_state, { pod }, { node }) {
    const taints = node.spec?.taints;
    if (taints === undefined || taints.length === 0) return undefined;
    return untoleratedTaint(taints, pod.spec?.tolerations, hard) === undefined ? undefined : refused;
  },
  preScore(state, { pod }) {
    const soft = (pod.spec?.tolerations ?? []).filter(({ effect = '' }) => effect === '' || effect === 'PreferNoSchedule');
    state.write(softTolerations, soft);
    return undefined;
  },
  score(state, _pod, { node }) {
    const taints = node.spec?.taints;
    if (taints === undefined || taints.length === 0) return 0;
    const soft = state.read(softTolerations) ?? [];
    return taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratesTaints(soft, taint)).length;
  },
  normalizeScores: (_state, _pod, _nodes, scores) => normalizeByMaximum(scores, true),
  sign: ({ pod }) => JSON.stringify(pod.spec?.tolerations ?? []),
});

const fits = (pod: Pod, node: Node | undefined): boolean =>
  node === undefined || untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, hard) === undefined;
