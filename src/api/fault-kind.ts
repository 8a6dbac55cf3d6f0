import { allVerbs, type Kind } from './kind.ts';

/** `kind: Fault`, served like a custom resource (`src/chaos/crd.ts`); here, because other rooms read it too. */
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
