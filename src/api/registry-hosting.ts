/**
 * The ConfigMap that tells tools which registry a cluster has (KEP-1755). One with the label is about the registry of this very
 * cluster: it is nothing that a snapshot brings along or a reset takes away.
 */
export const registryHosting = {
  namespace: 'kube-public',
  name: 'local-registry-hosting',
  field: 'localRegistryHosting.v1',
  label: 'shoal.dev/registry',
} as const;
