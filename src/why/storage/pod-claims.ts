import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { claimNamesOf } from '../../api/volume-binding.ts';
import type { Finding } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nearest } from '../text.ts';
import type { World } from '../world.ts';
import { claimUnbound } from './claim.ts';

/** What is wrong with the claims of a pod that the scheduler refuses it for before it looks at any node. */
export async function claimProblems(pod: Pod, world: World): Promise<Finding[]> {
  const { name: podName, namespace = '' } = pod.metadata;
  const findings: Finding[] = [];
  for (const name of claimNamesOf(pod)) {
    const claim = await world.get(kinds.PersistentVolumeClaim, name, namespace);
    if (claim === undefined) {
      const all = (await world.list(kinds.PersistentVolumeClaim, namespace)).map(({ metadata }) => metadata.name ?? '');
      const near = nearest(name, all);
      findings.push({
        object: refOf(kinds.Pod, pod),
        code: 'CLAIM_MISSING',
        severity: 'error',
        message: `Pod ${podName} is pending: it uses the PersistentVolumeClaim ${name}, and there is none in namespace ${namespace}.`,
        evidence: [],
        fix: [
          ...(near.length === 0 ? [] : [`is it a misspelling of ${near.join(' or ')}?`]),
          `create the claim ${name} in namespace ${namespace}`,
        ],
      });
      continue;
    }
    for (const finding of await claimUnbound(claim, world)) {
      // One that waits for its first consumer does not keep this consumer waiting.
      if (finding.code === 'CLAIM_WAITS') continue;
      findings.push({ ...finding, message: `Pod ${podName} is pending: ${finding.message}` });
    }
  }
  return findings;
}
