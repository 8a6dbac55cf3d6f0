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
import { check, dns1035Label } from './formats.ts';
import { admissionExpression, matchConditions } from './match-conditions.ts';
import { objectMeta, pathSegment } from './meta.ts';
import { ruleWithOperations } from './webhooks.ts';

type PolicySpec = NonNullable<ValidatingAdmissionPolicy['spec']> | NonNullable<MutatingAdmissionPolicy['spec']>;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];

const reservedWords = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop'],
  ...['package', 'namespace', 'return', 'var', 'void', 'while'],
]);
const mostAuditAnnotations = 20;
const longestAuditExpression = 5 * 1024;

/** What both sorts of policies have; gives what their other expressions see. */
function* common(spec: PolicySpec | undefined): Generator<ReturnType<typeof required>, AdmissionScope> {
  const given: AdmissionScope = { policy: true, params: spec?.paramKind !== undefined, strict: true };
  yield* optionalOneOf('spec.failurePolicy', spec?.failurePolicy, ['Fail', 'Ignore']);
  if (spec?.paramKind !== undefined) yield* paramKind(spec.paramKind);
  if (spec?.matchConstraints === undefined) yield required('spec.matchConstraints');
  else {
    yield* matchResources('spec.matchConstraints', spec.matchConstraints);
    if ((spec.matchConstraints.resourceRules ?? []).length === 0) yield required('spec.matchConstraints.resourceRules');
  }
  yield* matchConditions('spec.matchConditions', spec?.matchConditions, given);
  return yield* variables(spec?.variables, given);
}

function* paramKind({ apiVersion, kind }: ParamKind): Errors {
  const at = 'spec.paramKind';
  const [group = '', version = '', ...more] = (apiVersion?.includes('/') ? apiVersion : `/${apiVersion ?? ''}`).split('/');
  if (!apiVersion) yield required(`${at}.apiVersion`);
  else if (more.length > 0) yield invalid(`${at}.apiVersion`, apiVersion, `unexpected GroupVersion string: ${apiVersion}`);
  else {
    if (group !== '') yield* joined(`${at}.apiVersion`, group, subdomainErrors(group));
    if (version === '') yield invalid(`${at}.apiVersion`, apiVersion, 'version must be specified');
    else yield* joined(`${at}.apiVersion`, version, dns1035Label(version));
  }
  if (!kind) yield required(`${at}.kind`);
  else yield* joined(`${at}.kind`, kind, dns1035Label(kind.toLowerCase()), 'may have mixed case, but should otherwise match: ');
}
function* joined(field: string, value: string, problems: readonly string[], prefix = ''): Errors {
  if (problems.length > 0) yield invalid(field, value, prefix + problems.join(','));
}

function* matchResources(field: string, match: MatchResources): Errors {
  yield* optionalOneOf(`${field}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact']);
  yield* labelSelector(`${field}.namespaceSelector`, match.namespaceSelector);
  yield* labelSelector(`${field}.objectSelector`, match.objectSelector);
  for (const list of ['resourceRules', 'excludeResourceRules'] as const) {
    for (const [i, rule] of entries(match[list])) {
      for (const [j, name] of entries(rule.resourceNames)) {
        yield* check(`${field}.${list}[${i}].resourceNames[${j}]`, name, pathSegment);
        if (rule.resourceNames?.indexOf(name) !== j) yield duplicate(`${field}.${list}[${i}].resourceNames[${j}]`, name);
      }
      yield* ruleWithOperations(`${field}.${list}[${i}]`, rule);
    }
  }
}

function* variables(list: Variable[] | undefined, given: AdmissionScope): Generator<ReturnType<typeof required>, AdmissionScope> {
  const { compiled, scope } = compileVariables(list, given);
  for (const [i, { name, expression }] of entries(list)) {
    const at = `spec.variables[${i}]`;
    if (!name?.trim()) yield required(`${at}.name`, 'name is not specified');
    else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || reservedWords.has(name))
      yield invalid(`${at}.name`, name, 'name is not a valid CEL identifier');
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
  if ((spec?.auditAnnotations ?? []).length > mostAuditAnnotations) {
    yield invalid('spec.auditAnnotations', spec?.auditAnnotations, `must not have more than ${mostAuditAnnotations} auditAnnotations`);
  }
  for (const [i, { key, valueExpression }] of entries(spec?.auditAnnotations)) {
    const at = `spec.auditAnnotations[${i}]`;
    // In an audit record the key comes after the policy's name.
    if (metadata.name) yield* check(`${at}.key`, `${metadata.name}/${key ?? ''}`, qualifiedNameErrors);
    else yield invalid(`${at}.key`, key ?? '', 'requires metadata.name be non-empty');
    if (!valueExpression?.trim()) yield required(`${at}.valueExpression`, 'valueExpression is not specified');
    else if (Buffer.byteLength(valueExpression.trim()) > longestAuditExpression) {
      yield required(`${at}.valueExpression`, `must not exceed ${longestAuditExpression} bytes in length`);
    } else yield* admissionExpression(`${at}.valueExpression`, valueExpression, scope, ['string', 'null']);
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
    else if (/[\n\r]/.test(message.trim())) yield invalid(`${field}.message`, message, 'message must not contain line breaks');
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
  yield* paramRef(spec.paramRef);
  yield* boundResources(spec.matchResources);
  const actions = spec.validationActions ?? [];
  for (const [i, action] of actions.entries()) {
    yield* oneOf(`spec.validationActions[${i}]`, action, ['Audit', 'Deny', 'Warn']);
    if (actions.indexOf(action) < i) yield duplicate(`spec.validationActions[${i}]`, action);
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    yield invalid(
      'spec.validationActions',
      actions,
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    );
  }
  if (actions.length === 0) yield required('spec.validationActions', 'at least one validation action is required');
}
/** Upstream calls the field so. */
function* boundResources(match: MatchResources | undefined): Errors {
  if (match !== undefined) yield* matchResources('spec.matchResouces', match);
}

export function* mutatingBinding({ metadata, spec }: MutatingAdmissionPolicyBinding): Errors {
  yield* objectMeta(kinds.MutatingAdmissionPolicyBinding, metadata);
  yield* policyName(spec?.policyName);
  yield* paramRef(spec?.paramRef);
  yield* boundResources(spec?.matchResources);
}

function* policyName(name: string | undefined): Errors {
  if (!name) yield required('spec.policyName');
  else yield* check('spec.policyName', name, subdomainErrors);
}

function* paramRef(reference: ParamRef | undefined): Errors {
  if (reference === undefined) return;
  const at = 'spec.paramRef';
  const exclusive = reference.name && reference.selector !== undefined;
  if (reference.name) yield* check(`${at}.name`, reference.name, pathSegment);
  if (exclusive) yield forbidden(`${at}.name`, 'name and selector are mutually exclusive');
  yield* labelSelector(`${at}.selector`, reference.selector);
  if (exclusive) yield forbidden(`${at}.selector`, 'name and selector are mutually exclusive');
  if (!reference.name && reference.selector === undefined) yield required(at, 'one of name or selector must be specified');
  if (!reference.parameterNotFoundAction) yield required(`${at}.parameterNotFoundAction`);
  else yield* oneOf(`${at}.parameterNotFoundAction`, reference.parameterNotFoundAction, ['Deny', 'Allow']);
}
