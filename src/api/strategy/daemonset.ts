import { semanticEqual } from '../deep-equal.ts';
import type { DaemonSet } from '../types/apps-v1.ts';
import { type Strategy, typed } from './parts.ts';

/** Counts the changes of the template: a field of the removed `extensions/v1beta1`, which `apps/v1` still shows as an annotation. */
export const templateGenerationAnnotation = 'deprecated.daemonset.template.generation';

const put = (daemonSet: DaemonSet, generation: number): void => {
  daemonSet.metadata.annotations = { ...daemonSet.metadata.annotations, [templateGenerationAnnotation]: String(generation) };
};
const stored = ({ metadata }: DaemonSet): number => Number(metadata.annotations?.[templateGenerationAnnotation] ?? 0);

export const daemonSet: Pick<Strategy, 'create' | 'update' | 'subresource'> = typed<DaemonSet>({
  create: (object) => put(object, 1),
  update: (object, old) => put(object, stored(old) + (semanticEqual(object.spec?.template, old.spec?.template) ? 0 : 1)),
  subresource: { status: (object, old) => put(object, stored(old)) },
});
