import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { claimNamesOf } from '../../api/volume-binding.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { type Cloneable, stateKey } from '../framework/cycle-state.ts';
import { before, type ClusterEvent } from '../framework/events.ts';
import type { Handle, Plugin } from '../framework/interface.ts';
import { statusesOf } from '../framework/status.ts';
import { trialHooks } from './trial-hooks.ts';

const name = 'VolumeRestrictions';
export const exclusiveClaimInUse = 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode';
const { unschedulable, skip } = statusesOf(name);
const refused = unschedulable(exclusiveClaimInUse);

interface State extends Cloneable {
  claims: ReadonlySet<string>;
  /** Pods anywhere that use one of them. */
  users: number;
}
const key = stateKey<State>(name);

/** A ReadWriteOncePod claim is for one pod in the whole cluster. */
export function createVolumeRestrictions({ snapshot, informers }: Handle): Plugin {
  const claims = informers.informer(kinds.PersistentVolumeClaim);
  return {
    name,
    events: [
      { resource: 'AssignedPod', actions: ['Delete'], hint: sharesAClaim },
      { resource: 'PersistentVolumeClaim', actions: ['Add', 'Update'] },
    ],
    preFilter(cycle, { pod }) {
      const exclusive = new Set(
        claimNamesOf(pod)
          .map((name) => `${pod.metadata.namespace}/${name}`)
          .filter((claim) => claims.get(claim)?.spec?.accessModes?.includes('ReadWriteOncePod') === true),
      );
      if (exclusive.size === 0) return skip;
      const users = snapshot.nodes().reduce((sum, node) => sum + usersOn(node, exclusive), 0);
      cycle.write(key, stateOf(exclusive, users));
      return undefined;
    },
    ...trialHooks(key, (state, _pod, other, _node, by) => {
      state.users += by * usesOf(other.pod, state.claims);
    }),
    filter: (cycle) => ((cycle.read(key)?.users ?? 0) > 0 ? refused : undefined),
    sign: ({ pod }) => (claimNamesOf(pod).length === 0 ? '' : undefined),
  };
}

const stateOf = (claims: ReadonlySet<string>, users: number): State => ({ claims, users, clone: () => stateOf(claims, users) });

const usersOn = ({ claims }: NodeInfo, wanted: ReadonlySet<string>): number =>
  wanted.values().reduce((sum, claim) => sum + (claims.get(claim) ?? 0), 0);

const usesOf = (pod: Pod, wanted: ReadonlySet<string>): number =>
  claimNamesOf(pod).filter((claim) => wanted.has(`${pod.metadata.namespace}/${claim}`)).length;

function sharesAClaim(waiting: Pod, event: ClusterEvent): boolean {
  const gone = before<Pod>(event);
  if (gone === undefined) return true;
  const names = claimNamesOf(waiting);
  return gone.metadata.namespace === waiting.metadata.namespace && claimNamesOf(gone).some((claim) => names.includes(claim));
}
