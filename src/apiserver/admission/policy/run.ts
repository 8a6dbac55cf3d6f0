import { namespaceValue, Variables } from '../../../api/cel/admission/environment.ts';
import { dynamicValue } from '../../../api/cel/values.ts';
import type { KubeObject } from '../../../api/object.ts';
import { kinds } from '../../../api/scheme.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Resource, Resources } from '../../resources.ts';
import { conditionsHold } from '../cel/conditions.ts';
import { type Evaluation, evaluationError, evaluationOf } from '../cel/evaluation.ts';
import { isExempt, matchRequest } from '../match/criteria.ts';
import { type AdmissionAttributes, type AdmissionContext, isFor } from '../plugin.ts';
import { sentAs } from '../webhook/call.ts';
import type { Sent } from '../webhook/review.ts';
import type { Binding, Compiled, Policy } from './definitions.ts';
import { paramsOf } from './params.ts';

/** One policy under one binding with one parameter, for one request. */
export interface Run<B> {
  policy: Policy<B>;
  binding: Binding;
  sent: Sent;
  requested: Resource;
  /** Runs an expression of the policy; throws an `Error` with upstream's text. `object` is what earlier mutations made of it. */
  evaluate(compiled: Compiled, object?: KubeObject): Promise<unknown>;
}

/** Where a policy refuses for reasons of its own: it cannot be set up, or an expression fails. */
export type Refuse<B> = (policy: Policy<B>, binding: Binding | undefined, message: string) => void;

/** Kinds that policies have no say in besides admission's own configuration: questions, not objects. */
const unasked = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/**
 * Calls `visit` for every policy that the request concerns, once for each binding and parameter. What goes wrong on the
 * way is given to `refuse` where the policy's `failurePolicy` is Fail, and passed over where it is Ignore.
 */
export async function visitPolicies<B>(
  policies: readonly Policy<B>[],
  resources: Resources,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  refuse: Refuse<B>,
  visit: (run: Run<B>) => Promise<void>,
): Promise<void> {
  const { kind } = attributes;
  if (isExempt(attributes) || unasked.has(kind.group)) return;
  for (const policy of policies) {
    const failed = (binding: Binding | undefined, message: string): void => {
      if (policy.spec.failurePolicy !== 'Ignore') refuse(policy, binding, message);
    };
    let resource: Resource | undefined;
    try {
      resource = await matchRequest(policy.criteria, attributes, context, resources);
    } catch (thrown) {
      failed(undefined, `failed to configure policy: ${messageOf(thrown)}`);
    }
    if (resource === undefined) continue;
    const requested = resources.find(kind.group, kind.version, kind.plural) ?? resource;
    for (const binding of policy.bindings) {
      await visitBinding({ policy, binding, resource, requested, resources, attributes, context, failed, visit });
    }
  }
}

interface Visit<B> {
  policy: Policy<B>;
  binding: Binding;
  resource: Resource;
  requested: Resource;
  resources: Resources;
  attributes: AdmissionAttributes;
  context: AdmissionContext;
  failed(binding: Binding, message: string): void;
  visit(run: Run<B>): Promise<void>;
}

async function visitBinding<B>(options: Visit<B>): Promise<void> {
  const { policy, binding, resources, attributes, context, failed } = options;
  let params: (KubeObject | undefined)[];
  try {
    if (binding.criteria !== undefined && (await matchRequest(binding.criteria, attributes, context, resources)) === undefined) return;
    params = await paramsOf(policy.spec, binding, attributes, context, resources);
  } catch (thrown) {
    failed(binding, `failed to configure binding: ${messageOf(thrown)}`);
    return;
  }
  for (const param of params) {
    const run = await prepare(options, param);
    const holds = await conditionsHold(policy.conditions, run.evaluation, run.more());
    if (holds === false) continue;
    if (holds !== true) failed(binding, holds.error);
    else await options.visit(run);
  }
}

async function prepare<B>(
  { policy, binding, resource, requested, attributes, context }: Visit<B>,
  param: KubeObject | undefined,
): Promise<Run<B> & { evaluation: Evaluation; more(): Record<string, unknown> }> {
  const sent = await sentAs(resource, requested, attributes);
  const evaluation = evaluationOf(attributes, sent, requested, context.authorizer);
  const values = new Variables();
  const errors = new Map<string, string>();
  let current = sent.object;
  const fixed: Record<string, unknown> = {
    namespaceObject: namespaceValue(await namespaceOf(attributes, context)),
    ...(policy.spec.paramKind === undefined ? {} : { params: dynamicValue(param ?? null) }),
    variables: values,
  };
  /** Variables are found when first named, and with them those that they name. */
  const find = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      if (values.has(name) || errors.has(name)) continue;
      const compiled = policy.variables.find((one) => one.name === name)?.compiled;
      if (compiled === undefined) continue;
      try {
        values.set(name, await evaluate(compiled));
      } catch (thrown) {
        errors.set(name, messageOf(thrown));
      }
    }
  };
  const evaluate = async (compiled: Compiled, object?: KubeObject): Promise<unknown> => {
    if ('error' in compiled) throw new Error(compiled.error);
    const { program } = compiled;
    if (object !== undefined && object !== current) {
      // Variables may have been made from the object's earlier state.
      current = object;
      values.clear();
      errors.clear();
      fixed.object = dynamicValue(object);
    }
    await find(program.variables);
    try {
      return await evaluation.evaluate(program, fixed);
    } catch (thrown) {
      const missing = program.variables.find((name) => errors.has(name) && messageOf(thrown) === `no such key: ${name}`);
      const cause =
        missing === undefined
          ? thrown
          : new Error(`composited variable ${JSON.stringify(missing)} fails to evaluate: ${errors.get(missing)}`);
      throw new Error(evaluationError(program, cause), { cause: thrown });
    }
  };
  // Conditions may name variables too.
  await find(policy.conditions.flatMap(({ program }) => ('error' in program ? [] : program.program.variables)));
  return { policy, binding, sent, requested, evaluate, evaluation, more: () => fixed };
}

async function namespaceOf(attributes: AdmissionAttributes, context: AdmissionContext): Promise<KubeObject | undefined> {
  if (attributes.namespace === '' || isFor(attributes, kinds.Namespace)) return undefined;
  return context.get(kinds.Namespace, attributes.namespace);
}
