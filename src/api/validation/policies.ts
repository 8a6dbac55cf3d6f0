import { type AdmissionScope, compileVariables } from '../cel/admission/environment.ts';
import { qualifiedNameErrors, subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type {
  MatchResources,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  Mutation,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
  Variable,
} from '../types/admissionregistration-v1.ts';
import { entries, labelSelector, oneOf, optionalOneOf } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, required } from './field-error.ts';
import { check } from './formats.ts';
import { admissionExpression, matchConditions } from './match-conditions.ts';
import { objectMeta } from './meta.ts';
import { ruleWithOperations } from './webhooks.ts';

type PolicySpec = NonNullable<ValidatingAdmissionPolicy['spec']> | NonNullable<MutatingAdmissionPolicy['spec']>;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];

/** What both sorts of policies have; gives what their other expressions see. */
function* common(spec: PolicySpec | undefined): Generator<ReturnType<typeof required>, AdmissionScope> {
  const given: AdmissionScope = { policy: true, params: spec?.paramKind !== undefined, strict: true };
  yield* optionalOneOf('spec.failurePolicy', spec?.failurePolicy, ['Fail', 'Ignore']);
  if (spec?.paramKind !== undefined) yield* paramKind(spec.paramKind);
  if (spec?.matchConstraints === undefined) yield required('spec.matchConstraints');
  else {
    if ((spec.matchConstraints.resourceRules ?? []).length === 0) yield required('spec.matchConstraints.resourceRules');
    yield* matchResources('spec.matchConstraints', spec.matchConstraints);
  }
  const scope = yield* variables(spec?.variables, given);
  yield* matchConditions('spec.matchConditions', spec?.matchConditions, scope);
  return scope;
}

function* paramKind({ apiVersion, kind }: ParamKind): Errors {
  if (!apiVersion) yield required('spec.paramKind.apiVersion');
  if (!kind) yield required('spec.paramKind.kind');
}

function* matchResources(field: string, match: MatchResources): Errors {
  yield* optionalOneOf(`${field}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact']);
  yield* labelSelector(`${field}.namespaceSelector`, match.namespaceSelector);
  yield* labelSelector(`${field}.objectSelector`, match.objectSelector);
  for (const list of ['resourceRules', 'excludeResourceRules'] as const) {
    for (const [i, rule] of entries(match[list])) yield* ruleWithOperations(`${field}.${list}[${i}]`, rule);
  }
}

function* variables(list: Variable[] | undefined, given: AdmissionScope): Generator<ReturnType<typeof required>, AdmissionScope> {
  const seen = new Set<string>();
  const { compiled, scope } = compileVariables(list, given);
  for (const [i, { name, expression }] of entries(list)) {
    const at = `spec.variables[${i}]`;
    if (!name) yield required(`${at}.name`, 'name is not specified');
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) yield invalid(`${at}.name`, name, 'name is not a valid CEL identifier');
    else if (seen.has(name)) yield duplicate(`${at}.name`, name);
    seen.add(name);
    const outcome = compiled[i]?.compiled;
    if (!expression?.trim()) yield required(`${at}.expression`, 'expression is not specified');
    else if (outcome !== undefined && 'error' in outcome) yield invalid(`${at}.expression`, expression, outcome.error);
  }
  return scope;
}

export function* validatingPolicy({ metadata, spec }: ValidatingAdmissionPolicy): Errors {
  yield* objectMeta(kinds.ValidatingAdmissionPolicy, metadata);
  const scope = yield* common(spec);
  if ((spec?.validations ?? []).length === 0 && (spec?.auditAnnotations ?? []).length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    yield required('spec.validations', detail);
    yield required('spec.auditAnnotations', detail);
  }
  for (const [i, one] of entries(spec?.validations)) yield* validation(`spec.validations[${i}]`, one, scope);
  const keys = new Set<string>();
  for (const [i, { key, valueExpression }] of entries(spec?.auditAnnotations)) {
    const at = `spec.auditAnnotations[${i}]`;
    // In an audit record the key comes after the policy's name.
    yield* check(`${at}.key`, metadata.name ? `${metadata.name}/${key ?? ''}` : (key ?? ''), qualifiedNameErrors);
    if (!valueExpression?.trim()) yield required(`${at}.valueExpression`, 'valueExpression is not specified');
    else yield* admissionExpression(`${at}.valueExpression`, valueExpression, scope, ['string', 'null']);
    if (keys.has(key)) yield duplicate(`${at}.key`, key);
    keys.add(key);
  }
}

function* validation(field: string, { expression, message, messageExpression, reason }: Validation, scope: AdmissionScope): Errors {
  if (!expression?.trim()) yield required(`${field}.expression`, 'expression is not specified');
  else yield* admissionExpression(`${field}.expression`, expression, scope, ['bool']);
  if (messageExpression?.trim())
    yield* admissionExpression(`${field}.messageExpression`, messageExpression, { ...scope, authorizer: false }, ['string']);
  else if (messageExpression) yield invalid(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified');
  if (message !== undefined && message !== '') {
    if (message.trim() === '') yield invalid(`${field}.message`, message, 'message must be non-empty if specified');
    else if (message.includes('\n')) yield invalid(`${field}.message`, message, 'message must not contain line breaks');
  }
  if ((expression ?? '').includes('\n') && !message) {
    yield required(`${field}.message`, 'message must be specified if expression contains line breaks');
  }
  yield* optionalOneOf(`${field}.reason`, reason, reasons);
}

export function* mutatingPolicy({ metadata, spec }: MutatingAdmissionPolicy): Errors {
  yield* objectMeta(kinds.MutatingAdmissionPolicy, metadata);
  const scope = yield* common(spec);
  if ((spec?.mutations ?? []).length === 0) yield required('spec.mutations', 'mutations must contain at least one item');
  for (const [i, one] of entries(spec?.mutations)) yield* mutation(`spec.mutations[${i}]`, one, scope);
  yield* optionalOneOf('spec.reinvocationPolicy', spec?.reinvocationPolicy, ['IfNeeded', 'Never']);
}

/** What a mutation's expression makes, by patch type. */
export const mutationResults: Record<string, string> = { ApplyConfiguration: 'Object', JSONPatch: 'list(JSONPatch)' };

function* mutation(field: string, { patchType, applyConfiguration, jsonPatch }: Mutation, scope: AdmissionScope): Errors {
  if (!patchType) {
    yield required(`${field}.patchType`);
    return;
  }
  yield* oneOf(`${field}.patchType`, patchType, ['ApplyConfiguration', 'JSONPatch']);
  const [name, wanted, other, unwanted] =
    patchType === 'JSONPatch'
      ? (['jsonPatch', jsonPatch, 'applyConfiguration', applyConfiguration] as const)
      : (['applyConfiguration', applyConfiguration, 'jsonPatch', jsonPatch] as const);
  if (wanted === undefined) yield required(`${field}.${name}`, `must be specified when patchType is ${patchType}`);
  else yield* admissionExpression(`${field}.${name}.expression`, wanted.expression, scope, [mutationResults[patchType] ?? '']);
  if (unwanted !== undefined) yield invalid(`${field}.${other}`, '', `must not be specified when patchType is ${patchType}`);
}

export function* validatingBinding({ metadata, spec: given }: ValidatingAdmissionPolicyBinding): Errors {
  const spec: Partial<typeof given> = given ?? {};
  yield* objectMeta(kinds.ValidatingAdmissionPolicyBinding, metadata);
  yield* policyName(spec.policyName);
  const actions = spec.validationActions ?? [];
  if (actions.length === 0) yield required('spec.validationActions');
  for (const [i, action] of actions.entries()) {
    yield* oneOf(`spec.validationActions[${i}]`, action, ['Audit', 'Deny', 'Warn']);
    if (actions.indexOf(action) < i) yield duplicate(`spec.validationActions[${i}]`, action);
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    yield invalid(
      'spec.validationActions',
      actions,
      'must not contain both "Deny" and "Warn" (repeating the same validation failure information in the API response and headers serves no purpose)',
    );
  }
  if (spec.matchResources !== undefined) yield* matchResources('spec.matchResources', spec.matchResources);
  yield* paramRef(spec.paramRef);
}

export function* mutatingBinding({ metadata, spec }: MutatingAdmissionPolicyBinding): Errors {
  yield* objectMeta(kinds.MutatingAdmissionPolicyBinding, metadata);
  yield* policyName(spec?.policyName);
  if (spec?.matchResources !== undefined) yield* matchResources('spec.matchResources', spec.matchResources);
  yield* paramRef(spec?.paramRef);
}

function* policyName(name: string | undefined): Errors {
  if (!name) yield required('spec.policyName');
  else yield* check('spec.policyName', name, subdomainErrors);
}

function* paramRef(reference: ParamRef | undefined): Errors {
  if (reference === undefined) return;
  if (reference.name && reference.selector !== undefined) {
    yield forbidden('spec.paramRef.name', 'name and selector are mutually exclusive');
  }
  if (!reference.name && reference.selector === undefined) yield required('spec.paramRef', 'one of name or selector must be specified');
  yield* labelSelector('spec.paramRef.selector', reference.selector);
  if (reference.parameterNotFoundAction === undefined) yield required('spec.paramRef.parameterNotFoundAction');
  else yield* oneOf('spec.paramRef.parameterNotFoundAction', reference.parameterNotFoundAction, ['Allow', 'Deny']);
}
