import { kinds } from '../../api/scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/types/core-v1.ts';
import { claimClassName, claimNamesOf, selectedNodeAnnotation } from '../../api/volume-binding.ts';
import * as claims from '../../api/volume-fit.ts';
import { messageOf } from '../../util/errors.ts';
import type { NodeInfo } from '../cache/node-info.ts';
import { stateKey } from '../framework/cycle-state.ts';
import { type ClusterEvent, changed } from '../framework/events.ts';
import type { Handle, Plugin } from '../framework/interface.ts';
import { type Status, statusesOf } from '../framework/status.ts';

const name = 'VolumeBinding';
export const unboundImmediate = 'pod has unbound immediate PersistentVolumeClaims';
export const volumeNodeConflict = "node(s) didn't match PersistentVolume's node affinity";
export const noVolumeToBind = "node(s) didn't find available persistent volumes to bind";
export const volumeMissing = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const { unresolvable, error, skip } = statusesOf(name);
const nodeConflict = unresolvable(volumeNodeConflict);
const nothingToBind = unresolvable(noVolumeToBind);
const notThere = unresolvable(volumeMissing);
/** How long PreBind waits for the volumes (upstream's `BindTimeoutSeconds`). */
const bindTimeoutMs = 600_000;

interface State {
  bound: readonly PersistentVolumeClaim[];
  /** To be bound once the node is known. */
  delayed: readonly PersistentVolumeClaim[];
  /** By node: the volume for each delayed claim, or none where one is to be made. */
  plans: Map<string, readonly Plan[]>;
}
interface Plan {
  claim: PersistentVolumeClaim;
  volume: PersistentVolume | undefined;
}
const key = stateKey<State>(name);

/**
 * Claims must be bound to volumes that the node can use, or, where their class waits for the first consumer, be bindable
 * there: to a volume that exists, or to one that the provisioner makes once it is told the node.
 */
export function createVolumeBinding({ informers, client, clock }: Handle): Plugin {
  const claimInformer = informers.informer(kinds.PersistentVolumeClaim);
  const volumes = informers.informer(kinds.PersistentVolume);
  const classes = informers.informer(kinds.StorageClass);
  volumes.addIndex('scheduler/storageClass', ({ spec }) => [spec?.storageClassName ?? '']);
  /** Volumes promised to pods whose binding is under way. */
  const promised = new Set<string>();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const look of [...listeners]) look();
  };
  claimInformer.on({ update: tell, delete: tell });

  const get = (pod: Pod, claim: string) => claimInformer.get(`${pod.metadata.namespace}/${claim}`);
  const waits = (claim: PersistentVolumeClaim): boolean => classes.get(claimClassName(claim))?.volumeBindingMode === 'WaitForFirstConsumer';

  const problemOf = (pod: Pod, claimName: string): Status | undefined => {
    const claim = get(pod, claimName);
    if (claim === undefined) {
      return claims.isEphemeral(pod, claimName)
        ? unresolvable(`waiting for ephemeral volume controller to create the persistentvolumeclaim "${claimName}"`)
        : unresolvable(`persistentvolumeclaim "${claimName}" not found`);
    }
    if (claim.status?.phase === 'Lost') {
      return unresolvable(`persistentvolumeclaim "${claimName}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`);
    }
    if (claim.metadata.deletionTimestamp !== undefined) return unresolvable(`persistentvolumeclaim "${claimName}" is being deleted`);
    const mine = claim.metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === pod.metadata.uid) === true;
    if (claims.isEphemeral(pod, claimName) && !mine)
      return unresolvable(`PVC ${pod.metadata.namespace}/${claimName} was not created for pod`);
    return undefined;
  };

  const plan = (state: State, { node, name: nodeName }: NodeInfo): Status | undefined => {
    for (const claim of state.bound) {
      const volume = volumes.get(claim.spec?.volumeName ?? '');
      if (volume === undefined) return notThere;
      if (!claims.volumeFitsNode(volume, node)) return nodeConflict;
    }
    const taken = new Set(promised);
    const plans: Plan[] = [];
    for (const claim of state.delayed) {
      const className = claimClassName(claim);
      const volume = claims.findVolume(claim, volumes.byIndex('scheduler/storageClass', className), node, taken);
      if (volume === undefined) {
        const selected = claim.metadata.annotations?.[selectedNodeAnnotation];
        if (selected !== undefined && selected !== nodeName) return nothingToBind;
        if (!claims.canProvision(classes.get(className), node)) return nothingToBind;
      } else taken.add(volume.metadata.name ?? '');
      plans.push({ claim, volume });
    }
    state.plans.set(nodeName, plans);
    return undefined;
  };

  /** How far the binding of the claims has come; `told` gathers those whose annotation for the node was seen. */
  const progress = (pod: Pod, names: readonly string[], nodeName: string, told: Set<string>): 'bound' | 'waiting' | Status => {
    let pending = false;
    for (const claimName of names) {
      const claim = get(pod, claimName);
      if (claim === undefined) return unresolvable(`persistentvolumeclaim "${claimName}" not found`);
      if (claims.isBound(claim)) continue;
      pending = true;
      if (claim.metadata.annotations?.[selectedNodeAnnotation] === nodeName) told.add(claimName);
      // A provisioner that cannot serve the node takes the annotation away: another node is to be looked for.
      else if (told.has(claimName)) return error('provisioning failed for the selected node');
    }
    return pending ? 'waiting' : 'bound';
  };

  /** Resolves when all are bound, or with why they will not be. */
  const untilBound = (pod: Pod, names: readonly string[], nodeName: string): Promise<Status | undefined> =>
    new Promise((resolve) => {
      const told = new Set<string>();
      const end = (status: Status | undefined): void => {
        timer.cancel();
        listeners.delete(look);
        resolve(status);
      };
      const look = (): void => {
        const state = progress(pod, names, nodeName, told);
        if (state !== 'waiting') end(state === 'bound' ? undefined : state);
      };
      const timer = clock.after(bindTimeoutMs, () => end(error('timed out waiting for the condition')));
      listeners.add(look);
      look();
    });

  return {
    name,
    events: [
      { resource: 'PersistentVolumeClaim', actions: ['Add', 'Update'], hint: isOwnClaim },
      { resource: 'PersistentVolume', actions: ['Add', 'Update'] },
      { resource: 'StorageClass', actions: ['Add', 'Update'] },
      { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] },
    ],
    preFilter(cycle, { pod }) {
      const names = claimNamesOf(pod);
      if (names.length === 0) return skip;
      const problem = names.map((claim) => problemOf(pod, claim)).find((status) => status !== undefined);
      if (problem !== undefined) return problem;
      const all = names.flatMap((claim) => get(pod, claim) ?? []);
      const bound = all.filter(claims.isBound);
      const delayed = all.filter((claim) => !claims.isBound(claim));
      if (!delayed.every((claim) => waits(claim) && (claim.spec?.volumeName ?? '') === '')) return unresolvable(unboundImmediate);
      cycle.write(key, { bound, delayed, plans: new Map() });
      return undefined;
    },
    filter(cycle, _pod, node) {
      const state = cycle.read(key);
      return state === undefined ? undefined : plan(state, node);
    },
    reserve(cycle, _pod, nodeName) {
      for (const { volume } of cycle.read(key)?.plans.get(nodeName) ?? [])
        if (volume !== undefined) promised.add(volume.metadata.name ?? '');
      return undefined;
    },
    unreserve(cycle, _pod, nodeName) {
      for (const { volume } of cycle.read(key)?.plans.get(nodeName) ?? []) promised.delete(volume?.metadata.name ?? '');
    },
    async preBind(cycle, { pod }, nodeName) {
      const plans = cycle.read(key)?.plans.get(nodeName) ?? [];
      if (plans.length === 0) return undefined;
      try {
        for (const { claim, volume } of plans) {
          if (volume !== undefined) {
            await client.update(kinds.PersistentVolume, claims.reservedFor(volume, claim));
          } else if (claim.metadata.annotations?.[selectedNodeAnnotation] !== nodeName) {
            const annotations = { [selectedNodeAnnotation]: nodeName };
            await client.patch(kinds.PersistentVolumeClaim, claim.metadata.name ?? '', claim.metadata.namespace, {
              metadata: { annotations },
            });
          }
        }
        const names = plans.map(({ claim }) => claim.metadata.name ?? '');
        return await untilBound(pod, names, nodeName);
      } catch (thrown) {
        return error(messageOf(thrown));
      }
    },
    postBind(cycle, _pod, nodeName) {
      for (const { volume } of cycle.read(key)?.plans.get(nodeName) ?? []) promised.delete(volume?.metadata.name ?? '');
    },
    sign: ({ pod }) => (claimNamesOf(pod).length === 0 ? '' : undefined),
  };
}

function isOwnClaim(waiting: Pod, event: ClusterEvent): boolean {
  const claim = changed<PersistentVolumeClaim>(event);
  return claim?.metadata.namespace === waiting.metadata.namespace && claimNamesOf(waiting).includes(claim?.metadata.name ?? '');
}
