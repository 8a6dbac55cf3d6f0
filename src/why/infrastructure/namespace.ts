import { kinds } from '../../api/scheme.ts';
import type { Namespace } from '../../api/types/core-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import type { World } from '../world.ts';

/** Namespaces that are being deleted, and what stays in them. */
export async function namespaceTerminating(namespace: Namespace, world: World): Promise<readonly Finding[]> {
  const { name = '', deletionTimestamp } = namespace.metadata;
  if (deletionTimestamp === undefined) return [];
  const told = (namespace.status?.conditions ?? []).filter(({ status }) => status === 'True');
  const held = told.find(({ type }) => type === 'NamespaceFinalizersRemaining');
  const group = told.find(
    ({ type }) => type === 'NamespaceDeletionDiscoveryFailure' || type === 'NamespaceDeletionGroupVersionParsingFailure',
  );
  const content = told.find(({ type }) => type === 'NamespaceContentRemaining' || type === 'NamespaceDeletionContentFailure');
  const pods = await world.list(kinds.Pod, name);
  const why =
    held !== undefined
      ? 'finalizers hold objects in it'
      : group !== undefined
        ? 'a kind cannot be asked for, so that nobody knows what is left of it'
        : content !== undefined || pods.length > 0
          ? 'what it holds is still being deleted'
          : 'its deletion has just begun';
  const fix =
    held !== undefined
      ? [
          'let the controllers of those finalizers do their cleaning up, or take the finalizers off the objects',
          `find them: kubectl api-resources --verbs=list --namespaced -o name | xargs -n1 kubectl get -n ${name} --ignore-not-found`,
        ]
      : group !== undefined
        ? ['bring back the server behind that API group, or delete its APIService: kubectl get apiservices']
        : [];
  return [
    {
      object: refOf(kinds.Namespace, namespace),
      code: 'NAMESPACE_TERMINATING',
      severity: held !== undefined || group !== undefined ? 'error' : 'warning',
      message: `Namespace ${name} is being deleted (since ${deletionTimestamp}): ${why}.`,
      evidence: told.map(({ message = '' }) => fact(message)),
      fix,
    },
  ];
}
