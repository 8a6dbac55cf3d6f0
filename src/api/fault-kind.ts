import { allVerbs, type Kind } from './kind.ts';

/** `kind: Fault`, a CustomResourceDefinition that Shoal makes (`src/chaos`); here, because other rooms read it too. */
export const faultKind: Kind = {
  group: 'chaos.shoal.dev',
  version: 'v1alpha1',
  kind: 'Fault',
  plural: 'faults',
  singular: 'fault',
  namespaced: false,
  shortNames: [],
  categories: [],
  verbs: allVerbs,
  subresources: ['status'],
  selectableFields: [],
  schema: 'dev.shoal.chaos.v1alpha1.Fault',
};
