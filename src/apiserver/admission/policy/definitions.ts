import {
  type AdmissionScope,
  type CompiledExpression,
  compileForAdmission,
  compileVariables,
} from '../../../api/cel/admission/environment.ts';
import type { Kind } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { MatchCondition, MatchResources, ParamKind, ParamRef, Variable } from '../../../api/types/admissionregistration-v1.ts';
import type { Store } from '../../../store/store.ts';
import { follow } from '../../auth/follow.ts';
import { type CompiledCondition, compileConditions } from '../cel/conditions.ts';
import { type Criteria, criteriaOf } from '../match/criteria.ts';

/** What both sorts of policies say. */
export interface PolicySpec {
  failurePolicy?: string;
  matchConditions?: MatchCondition[];
  matchConstraints?: MatchResources;
  paramKind?: ParamKind;
  variables?: Variable[];
}
export interface BindingSpec {
  policyName?: string;
  paramRef?: ParamRef;
  matchResources?: MatchResources;
  validationActions?: string[];
}

export type Compiled = CompiledExpression;

/** A policy with its bindings, its expressions compiled. `B` is what its own sort compiles besides. */
export interface Policy<B> {
  name: string;
  spec: PolicySpec;
  criteria: Criteria;
  conditions: readonly CompiledCondition[];
  variables: readonly { name: string; compiled: Compiled }[];
  body: B;
  bindings: readonly Binding[];
}

export interface Binding {
  name: string;
  spec: BindingSpec;
  criteria: Criteria | undefined;
}

const everyResource = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
/** Without rules all resources are meant. */
const policyCriteria = (match: MatchResources | undefined): Criteria => {
  const criteria = criteriaOf(match);
  return criteria.rules.length > 0 ? criteria : { ...criteria, rules: everyResource };
};

/** Compiles an expression of a policy. */
export type Compile = (expression: string, result?: readonly string[]) => Compiled;

/**
 * The policies of one sort that have bindings, by name; follows policies and bindings. `compileBody` compiles what only this
 * sort has. Resolves when what is stored has been read.
 */
export async function followPolicies<P extends KubeObject & { spec?: PolicySpec }, B>(
  store: Store,
  policyKind: Kind<P>,
  bindingKind: Kind<KubeObject & { spec?: BindingSpec }>,
  compileBody: (policy: P, compile: Compile) => B,
): Promise<() => readonly Policy<B>[]> {
  const policies = new Map<string, Omit<Policy<B>, 'bindings'>>();
  const bindings = new Map<string, Binding>();
  let all: readonly Policy<B>[] = [];
  const rebuild = (): void => {
    const byPolicy = Map.groupBy(
      [...bindings.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      ({ spec }) => spec.policyName ?? '',
    );
    all = [...policies.values()]
      .filter(({ name }) => byPolicy.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((policy) => ({ ...policy, bindings: byPolicy.get(policy.name) ?? [] }));
  };
  await follow(store, policyKind, {
    set(object) {
      const { spec = {} } = object;
      const given: AdmissionScope = { policy: true, params: spec.paramKind !== undefined };
      const { compiled, scope } = compileVariables(spec.variables, given);
      const compile: Compile = (expression, result) => compileForAdmission(expression, scope, result);
      policies.set(object.metadata.name ?? '', {
        name: object.metadata.name ?? '',
        spec,
        criteria: policyCriteria(spec.matchConstraints),
        conditions: compileConditions(spec.matchConditions, scope),
        variables: compiled,
        body: compileBody(object, compile),
      });
      rebuild();
    },
    remove({ metadata }) {
      policies.delete(metadata.name ?? '');
      rebuild();
    },
  });
  await follow(store, bindingKind, {
    set({ metadata: { name = '' }, spec = {} }) {
      const { matchResources } = spec;
      bindings.set(name, { name, spec, criteria: matchResources === undefined ? undefined : policyCriteria(matchResources) });
      rebuild();
    },
    remove({ metadata }) {
      bindings.delete(metadata.name ?? '');
      rebuild();
    },
  });
  return () => all;
}
