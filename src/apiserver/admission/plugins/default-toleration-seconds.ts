import { kinds } from '../../../api/scheme.ts';
import type { Pod } from '../../../api/types/core-v1.ts';
import { type AdmissionPlugin, isFor } from '../plugin.ts';

const keys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Lets a pod stay a while (five minutes by default) on a node that is not ready or not reachable, unless it says otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(attributes, context) {
    if (!isFor(attributes, kinds.Pod) || (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE')) return;
    const { spec } = attributes.object as Pod;
    if (spec === undefined) return;
    for (const key of keys) {
      const covered = spec.tolerations?.some(
        (toleration) => ['', key].includes(toleration.key ?? '') && ['', 'NoExecute'].includes(toleration.effect ?? ''),
      );
      if (covered === true) continue;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: context.defaultTolerationSeconds },
      ];
    }
  },
};
