import { toleratesTaints } from '../../api/toleration.ts';
import type { Taint } from '../../api/types/core-v1.ts';
import type { Check, Obstacle } from './obstacle.ts';

const cordon: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Cordoned nodes, and taints that the pod does not tolerate. */
export const checkTaints: Check = ({ spec }, { node, name }) => {
  const tolerations = spec?.tolerations ?? [];
  const cordoned = node.spec?.unschedulable === true && !toleratesTaints(tolerations, cordon);
  const obstacles: Obstacle[] = [];
  if (cordoned) {
    obstacles.push({
      plugin: 'NodeUnschedulable',
      reason: 'node(s) were unschedulable',
      missing: 'to be uncordoned',
      remedies: [`kubectl uncordon ${name}`],
      distance: 0.5,
    });
  }
  for (const taint of node.spec?.taints ?? []) {
    const hard = taint.effect === 'NoSchedule' || taint.effect === 'NoExecute';
    // The taint that goes with a cordon is that same thing again.
    if (!hard || (cordoned && taint.key === cordon.key) || toleratesTaints(tolerations, taint)) continue;
    obstacles.push({
      plugin: 'TaintToleration',
      reason: 'node(s) had untolerated taint(s)',
      missing: `a toleration of the taint ${taintText(taint)}`,
      remedies: remediesOf(taint, name),
      distance: taint.key.startsWith('node.kubernetes.io/') ? 3 : 1,
    });
  }
  return obstacles;
};

export const taintText = ({ key, value = '', effect }: Taint): string => `${key}${value === '' ? '' : `=${value}`}:${effect}`;

function remediesOf(taint: Taint, node: string): string[] {
  const { key, value = '', effect } = taint;
  if (key === 'node.kubernetes.io/unreachable' || key === 'node.kubernetes.io/not-ready') {
    return [`bring ${node} back (it is ${key.slice('node.kubernetes.io/'.length)}): shoal why node/${node}`];
  }
  if (key.startsWith('node.kubernetes.io/')) return [`make ${node} well again: shoal why node/${node}`];
  const match = value === '' ? 'operator: Exists' : `value: ${value}`;
  return [`add to the pod: tolerations: [{key: ${key}, ${match}, effect: ${effect}}]`, `kubectl taint node ${node} ${key}:${effect}-`];
}
