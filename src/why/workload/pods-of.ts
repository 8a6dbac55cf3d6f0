import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { type Evidence, type Finding, fact, type Severity } from '../finding.ts';
import { podTroubles } from '../pod/pod.ts';
import { someOf } from '../text.ts';
import type { World } from '../world.ts';

/** The pods that an object controls. */
export async function podsOf({ metadata }: KubeObject, world: World): Promise<readonly Pod[]> {
  const all = await world.list(kinds.Pod, metadata.namespace);
  return all.filter((pod) => controllerOf(pod)?.uid === metadata.uid);
}

export const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

export const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? '';

/** The gravest trouble among the pods, and the pods that have the same. */
export interface PodTrouble {
  readonly finding: Finding;
  readonly pods: readonly string[];
}

const gravity: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** What is the matter with pods, those with the same trouble together: the gravest first, then the commonest. */
export async function troublesAmong(pods: readonly Pod[], world: World): Promise<PodTrouble[]> {
  const byCode = new Map<string, { finding: Finding; pods: string[] }>();
  for (const pod of pods) {
    const [finding] = await podTroubles(pod, world);
    if (finding === undefined) continue;
    const known = byCode.get(finding.code);
    if (known === undefined) byCode.set(finding.code, { finding, pods: [nameOf(pod)] });
    else known.pods.push(nameOf(pod));
  }
  return [...byCode.values()].sort((a, b) => gravity[a.finding.severity] - gravity[b.finding.severity] || b.pods.length - a.pods.length);
}

/** One row for each trouble, where there are several. */
export function troubleTable(troubles: readonly PodTrouble[]): Evidence[] {
  if (troubles.length > 1) {
    const rows = troubles.map(({ finding, pods }) => [finding.code, String(pods.length), someOf(pods, 2)]);
    return [{ type: 'table', columns: ['TROUBLE', 'PODS', 'NAMES'], rows }];
  }
  const [only] = troubles;
  return only === undefined || only.pods.length < 2 ? [] : [fact(`The same holds for ${only.pods.length} pods: ${someOf(only.pods)}.`)];
}
