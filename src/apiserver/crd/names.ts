import { approvalOf } from '../../api/custom/approval.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../../api/types/apiextensions-v1.ts';

/** What the naming controller finds: the names to accept and the two conditions that follow. */
export interface Naming {
  acceptedNames: CustomResourceDefinitionNames;
  conditions: Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>[];
}

/**
 * Which names of `definition` are free among the accepted ones of its group (upstream: NamingConditionController).
 * Names that were accepted stay so while the wanted ones are taken.
 */
export function nameDefinition(definition: CustomResourceDefinition, others: readonly CustomResourceDefinition[]): Naming {
  const wanted = definition.spec.names;
  const accepted = definition.status?.acceptedNames;
  // Its own names too are taken, as far as it wants them in another place than before.
  const names = others.filter(({ spec }) => spec.group === definition.spec.group).flatMap(({ status }) => status?.acceptedNames ?? []);
  const resources = new Set(names.flatMap(({ plural, singular, shortNames }) => [plural, singular ?? '', ...(shortNames ?? [])]));
  const kinds = new Set(names.flatMap(({ kind, listKind }) => [kind, listKind ?? '']));
  resources.delete('');
  kinds.delete('');

  const next: CustomResourceDefinitionNames = { plural: accepted?.plural ?? '', kind: accepted?.kind ?? '' };
  let conflict: { reason: string; message: string } | undefined;
  const take = (part: 'plural' | 'singular' | 'kind' | 'listKind', reason: string, used: ReadonlySet<string>): void => {
    const name = wanted[part] ?? '';
    if (used.has(name) && name !== accepted?.[part]) {
      conflict = { reason, message: `${JSON.stringify(name)} is already in use` };
      const before = accepted?.[part];
      if (before !== undefined) next[part] = before;
    } else if (name !== '') next[part] = name;
  };
  take('plural', 'PluralConflict', resources);
  take('singular', 'SingularConflict', resources);
  const short = wanted.shortNames ?? [];
  const clashes = short.filter((name) => resources.has(name) && accepted?.shortNames?.includes(name) !== true);
  if (clashes.length > 0) {
    const texts = clashes.map((name) => `${JSON.stringify(name)} is already in use`);
    conflict = { reason: 'ShortNamesConflict', message: texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]` };
    if (accepted?.shortNames !== undefined) next.shortNames = accepted.shortNames;
  } else if (short.length > 0) next.shortNames = short;
  take('kind', 'KindConflict', kinds);
  take('listKind', 'ListKindConflict', kinds);
  if ((wanted.categories ?? []).length > 0) next.categories = wanted.categories as string[];

  const namesAccepted =
    conflict === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...conflict };
  return { acceptedNames: next, conditions: [...approved(definition), namesAccepted, ...established(definition, conflict === undefined)] };
}

/** Upstream: KubernetesAPIApprovalPolicyConformantConditionController. */
function approved(definition: CustomResourceDefinition): Naming['conditions'] {
  const approval = approvalOf(definition);
  if (approval === undefined) return [];
  const { state, text } = approval;
  const status = state === 'Approved' ? 'True' : 'False';
  return [{ type: 'KubernetesAPIApprovalPolicyConformant', status, reason: `${state}Annotation`, message: text }];
}

/** Once established, a definition stays so. */
function established(definition: CustomResourceDefinition, free: boolean): Naming['conditions'] {
  if (definition.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true) return [];
  return free
    ? [{ type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }]
    : [{ type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }];
}

/** The definition with these conditions set; the very same where they already are as said. */
export function withConditions(
  definition: CustomResourceDefinition,
  conditions: Naming['conditions'],
  now: string,
): CustomResourceDefinition {
  const present = definition.status?.conditions ?? [];
  const next = [...present];
  for (const condition of conditions) {
    const at = next.findIndex(({ type }) => type === condition.type);
    const before = next[at];
    if (before === undefined) next.push({ lastTransitionTime: now, ...condition });
    else if (before.status !== condition.status || before.reason !== condition.reason || before.message !== condition.message) {
      const moved = before.status === condition.status ? before.lastTransitionTime : now;
      next[at] = { ...(moved === undefined ? {} : { lastTransitionTime: moved }), ...condition };
    }
  }
  if (next.length === present.length && next.every((condition, index) => condition === present[index])) return definition;
  return { ...definition, status: { ...definition.status, conditions: next } };
}
