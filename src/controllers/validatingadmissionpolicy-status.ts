import { type CheckedKind, expressionWarnings } from '../api/cel/admission/type-check.ts';
import { keyOf, parseApiVersion } from '../api/object.ts';
import { allKinds, kinds } from '../api/scheme.ts';
import { schemaOfDefinition } from '../api/structural/from-definition.ts';
import type { MatchResources } from '../api/types/admissionregistration-v1.ts';
import type { CustomResourceDefinition } from '../api/types/apiextensions-v1.ts';
import type { StartController } from './context.ts';

interface ServedKind extends CheckedKind {
  plural: string;
}

/** Says in a policy's status where its expressions do not fit the kinds that it is for (kube-controller-manager's controller of that name). */
export const validatingAdmissionPolicyStatusController: StartController = ({ client, informers }) => {
  const policies = informers.informer(kinds.ValidatingAdmissionPolicy);
  const definitions = informers.informer(kinds.CustomResourceDefinition);
  return {
    name: 'validatingadmissionpolicy-status-controller',
    watch(enqueue) {
      policies.on({ add: (policy) => enqueue(keyOf(policy)), update: (policy) => enqueue(keyOf(policy)) });
    },
    async reconcile(key) {
      const policy = policies.get(key);
      if (policy === undefined) return;
      const generation = policy.metadata.generation ?? 0;
      if ((policy.status?.observedGeneration ?? 0) >= generation) return;
      const served = [...builtin(), ...definitions.list().flatMap(customKinds)];
      const { apiVersion = '', kind } = policy.spec?.paramKind ?? {};
      const { group, version } = parseApiVersion(apiVersion);
      const param = served.find((one) => one.group === group && one.version === version && one.kind === kind);
      const found = expressionWarnings(policy, namedKinds(policy.spec?.matchConstraints, served), param?.schema);
      const typeChecking = found.length === 0 ? {} : { expressionWarnings: found };
      const status = { ...policy.status, observedGeneration: generation, typeChecking };
      await client.updateStatus(kinds.ValidatingAdmissionPolicy, { ...policy, status });
    },
  };
};

/** Built lazily: schemas are made when they are looked at. */
const builtin = (): ServedKind[] =>
  allKinds.map(({ group, version, kind, plural, schema }) => ({
    group,
    version,
    kind,
    plural,
    get schema() {
      return schemaOfDefinition(schema);
    },
  }));

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

function customKinds({ spec }: CustomResourceDefinition): ServedKind[] {
  return spec.versions.flatMap(({ name, served, schema }) => {
    const given = schema?.openAPIV3Schema;
    if (!served || given === undefined) return [];
    const { kind, plural } = spec.names;
    const metadata = schemaOfDefinition(objectMeta);
    const properties = { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...given.properties, metadata };
    return [{ group: spec.group, version: name, kind, plural, schema: { ...given, properties } }];
  });
}

/** The kinds that the rules name outright; rules with a `*` are for too many to look at. */
function namedKinds(match: MatchResources | undefined, served: readonly ServedKind[]): ServedKind[] {
  const named = (match?.resourceRules ?? []).flatMap(({ apiGroups = [], apiVersions = [], resources = [] }) =>
    [apiGroups, apiVersions, resources].some((list) => list.includes('*'))
      ? []
      : served.filter(
          ({ group, version, plural }) => apiGroups.includes(group) && apiVersions.includes(version) && resources.includes(plural),
        ),
  );
  return [...new Set(named)].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ group, version, kind }: CheckedKind): string => `${group}/${version}/${kind}`;
