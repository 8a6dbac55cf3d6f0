import { kinds } from '../api/scheme.ts';
import type { HandleOptions, Operation } from './handle.ts';
import { type KubeletIdentity, podLog, streamWithoutUpgrade } from './proxy/pod-streams.ts';
import { proxyOperations } from './proxy/proxies.ts';
import type { Resource, Resources } from './resources.ts';
import { get } from './rest/get.ts';
import { patch } from './rest/patch.ts';
import { update } from './rest/update.ts';
import { bind, createBinding } from './subresources/binding.ts';
import { evict } from './subresources/eviction.ts';
import { scaleOperations } from './subresources/scale.ts';

type Operations = Partial<Record<string, Operation>>;

/** Subresources that are the object itself, with other parts of it open to change: the strategies know which. */
const part: Operations = { get, update, patch };
const streamed = (kubelet: KubeletIdentity): Operations => ({ get: streamWithoutUpgrade(kubelet), create: streamWithoutUpgrade(kubelet) });

export interface OperationsOptions {
  resources: Resources;
  kubelet: KubeletIdentity;
  /** POST `serviceaccounts/<name>/token`. */
  token: Operation;
  /** Reviews by resource (`selfsubjectaccessreviews`). */
  reviews: Readonly<Record<string, Operation>>;
  componentStatuses: Operations;
}

/** The operations that are not the generic verbs, by subresource and by resource. */
export function operationTables(options: OperationsOptions): Pick<HandleOptions, 'subresource' | 'special'> {
  const proxied = proxyOperations(options.kubelet);
  const table: Record<string, Operations> = {
    status: part,
    ephemeralcontainers: part,
    resize: part,
    approval: part,
    finalize: { update },
    scale: scaleOperations,
    binding: { create: bind },
    eviction: { create: evict },
    token: { create: options.token },
    log: { get: podLog(options.kubelet) },
    exec: streamed(options.kubelet),
    attach: streamed(options.kubelet),
    portforward: streamed(options.kubelet),
    proxy: proxied,
  };
  const pods = options.resources.find('', 'v1', kinds.Pod.plural) as Resource;
  const bindings: Operations = { create: createBinding(pods) };
  return {
    subresource: (_resource, name) => table[name],
    special({ kind }) {
      if (kind.plural === kinds.Binding.plural && kind.group === '') return bindings;
      if (kind === kinds.ComponentStatus) return options.componentStatuses;
      const review = options.reviews[kind.plural];
      return review === undefined ? undefined : { create: review };
    },
  };
}
