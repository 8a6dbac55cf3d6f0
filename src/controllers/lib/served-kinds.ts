import { group, type Kind } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/object.ts';
import { allKinds, kinds } from '../../api/scheme.ts';
import type { CustomResourceDefinition } from '../../api/types/apiextensions-v1.ts';
import type { Informer } from '../../client/informer.ts';
import { isTrue } from './conditions.ts';

const verbsNeeded = ['list', 'watch', 'delete'] as const;

/**
 * Built-in kinds whose objects can be listed, watched and deleted. Events are left out as upstream does: they own nothing, are
 * owned by nothing, and there are many. Autoscalers are listed by one of their versions.
 */
export const builtInKinds: readonly Kind[] = allKinds.filter(
  (kind) => kind.kind !== 'Event' && kind !== kinds.HorizontalPodAutoscalerV1 && verbsNeeded.every((verb) => kind.verbs.includes(verb)),
);

/** The kind that a CustomResourceDefinition serves, at its stored version where that is served; undefined until established. */
export function customKind(definition: CustomResourceDefinition): Kind | undefined {
  const { spec, status } = definition;
  if (!isTrue(status?.conditions, 'Established')) return undefined;
  const served = spec.versions.filter((version) => version.served);
  const version = served.find((candidate) => candidate.storage) ?? served[0];
  if (version === undefined) return undefined;
  const row = group(spec.group, version.name)[spec.scope === 'Namespaced' ? 'namespaced' : 'cluster'];
  return row(spec.names.kind, { plural: spec.names.plural });
}

/** All kinds that are served now. */
export const servedKinds = (definitions: Informer<CustomResourceDefinition>): Kind[] => [
  ...builtInKinds,
  ...definitions.list().flatMap((definition) => customKind(definition) ?? []),
];

/** The kind that an apiVersion and kind name; another version of a known group and kind will do. */
export function findKind(served: readonly Kind[], apiVersion: string, kind: string): Kind | undefined {
  const groupName = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  return (
    served.find((row) => row.kind === kind && apiVersionOf(row) === apiVersion) ??
    served.find((row) => row.kind === kind && row.group === groupName)
  );
}
