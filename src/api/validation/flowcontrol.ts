/** Rules of API priority and fairness (upstream: pkg/apis/flowcontrol/validation). */
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type * as flowcontrol from '../types/flowcontrol-v1.ts';
import { entries } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';
import { objectMeta } from './meta.ts';

const highestPrecedence = 10_000;
const mostQueues = 10_000_000;
const mostHashBits = 60;
const everything = '*';
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

export function* flowSchema({ metadata, spec, status }: flowcontrol.FlowSchema): Errors {
  yield* objectMeta(kinds.FlowSchema, metadata);
  const precedence = spec?.matchingPrecedence ?? 0;
  const at = 'spec.matchingPrecedence';
  if (precedence <= 0) yield invalid(at, precedence, 'must be a positive value');
  if (precedence > highestPrecedence) yield invalid(at, precedence, `must not be greater than ${highestPrecedence}`);
  if (precedence === 1 && metadata.name !== 'exempt') {
    yield invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  }
  const method = spec?.distinguisherMethod;
  if (method !== undefined && method.type !== 'ByNamespace' && method.type !== 'ByUser') {
    yield notSupported('spec.distinguisherMethod.type', method, ['ByNamespace', 'ByUser']);
  }
  const level = spec?.priorityLevelConfiguration?.name;
  if (level) yield* check('spec.priorityLevelConfiguration.name', level, subdomainErrors);
  else yield required('spec.priorityLevelConfiguration.name', 'must reference a priority level');
  for (const [i, rule] of entries(spec?.rules)) yield* rules(`spec.rules[${i}]`, rule);
  yield* conditions(status?.conditions);
}

export const flowStatusUpdate = ({ status }: flowcontrol.FlowSchema | flowcontrol.PriorityLevelConfiguration): Errors =>
  conditions(status?.conditions);

function* conditions(list: flowcontrol.FlowSchemaCondition[] | undefined): Errors {
  const seen = new Set<string>();
  for (const [i, { type = '' }] of entries(list)) {
    const at = `status.conditions[${i}].type`;
    if (seen.has(type)) yield duplicate(at, type);
    seen.add(type);
    if (type === '') yield required(at, 'must not be empty');
  }
}

function* rules(field: string, { subjects, resourceRules, nonResourceRules }: flowcontrol.PolicyRulesWithSubjects): Errors {
  for (const [i, one] of entries(subjects)) yield* subject(`${field}.subjects[${i}]`, one);
  if ((subjects ?? []).length === 0) yield required(`${field}.subjects`, 'subjects must contain at least one value');
  if ((resourceRules ?? []).length + (nonResourceRules ?? []).length === 0) {
    yield required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  }
  for (const [i, rule] of entries(resourceRules)) yield* resourceRule(`${field}.resourceRules[${i}]`, rule);
  for (const [i, rule] of entries(nonResourceRules)) {
    const at = `${field}.nonResourceRules[${i}]`;
    yield* verbRules(`${at}.verbs`, rule.verbs);
    yield* alone(`${at}.nonResourceURLs`, rule.nonResourceURLs, 'nonResourceURLs must contain at least one value', 'non-resource URLs');
    if (rule.nonResourceURLs?.includes(everything) === true) continue;
    for (const [j, path] of entries(rule.nonResourceURLs)) yield* urlPath(`${at}.nonResourceURLs[${j}]`, path);
  }
}

/** A list that may not be empty, and in which `*` stands alone. */
function* alone(field: string, values: string[] | undefined, missing: string, others: string): Errors {
  if ((values ?? []).length === 0) yield required(field, missing);
  else if (values?.includes(everything) === true && values.length > 1) {
    yield invalid(field, values, `if '*' is present, must not specify other ${others}`);
  }
}

function* verbRules(field: string, given: string[] | undefined): Errors {
  yield* alone(field, given, 'verbs must contain at least one value', 'verbs');
  if (given?.includes(everything) === false && given.some((verb) => !verbs.includes(verb))) yield notSupported(field, given, verbs);
}

function* resourceRule(field: string, rule: flowcontrol.ResourcePolicyRule): Errors {
  yield* verbRules(`${field}.verbs`, rule.verbs);
  yield* alone(`${field}.apiGroups`, rule.apiGroups, 'resource rules must supply at least one api group', 'api groups');
  yield* alone(`${field}.resources`, rule.resources, 'resource rules must supply at least one resource', 'resources');
  const { namespaces = [], clusterScope = false } = rule;
  if (namespaces.length > 0 || !clusterScope) {
    const missing = 'resource rules that are not cluster scoped must supply at least one namespace';
    yield* alone(`${field}.namespaces`, namespaces, missing, 'namespaces');
  }
  if (namespaces.includes(everything)) return;
  for (const [i, namespace] of namespaces.entries()) {
    const explained = (value: string): string[] =>
      dnsLabel(value).map((problem) => `each member of this list must be '*' or a DNS-1123 label; ${problem}`);
    yield* check(`${field}.namespaces[${i}]`, namespace, explained);
  }
}

const parts = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function* subject(field: string, given: flowcontrol.Subject): Errors {
  const own = (parts as Record<string, (typeof parts)[keyof typeof parts] | undefined>)[given.kind];
  if (own === undefined) {
    yield notSupported(`${field}.kind`, given.kind, ['Group', 'ServiceAccount', 'User']);
    return;
  }
  const named = given[own];
  if (named === undefined) yield required(`${field}.${own}`, `${own} is required when subject kind is '${given.kind}'`);
  else if (!named.name) yield required(`${field}.${own}.name`);
  if (given.kind === 'ServiceAccount' && given.serviceAccount !== undefined) {
    const { name, namespace } = given.serviceAccount;
    if (name && name !== everything) yield* check(`${field}.serviceAccount.name`, name, subdomainErrors);
    if (namespace) yield* check(`${field}.serviceAccount.namespace`, namespace, dnsLabel);
    else yield required(`${field}.serviceAccount.namespace`, 'must specify namespace for service account');
  }
  for (const [kind, part] of Object.entries(parts)) {
    if (part !== own && given[part] !== undefined) {
      yield forbidden(`${field}.${part}`, `${part} is forbidden when subject kind is not '${kind}'`);
    }
  }
}

function* urlPath(field: string, path: string): Errors {
  const stars = path.split('*').length - 1;
  if (path === '') yield invalid(field, path, 'must not be empty');
  else if (!path.startsWith('/')) yield invalid(field, path, 'must start with slash');
  else if (path.includes(' ')) yield invalid(field, path, 'must not contain white-space');
  else if (path.includes('//')) yield invalid(field, path, 'must not contain double slash');
  else if (stars > 1 || (stars === 1 && !path.endsWith('/*'))) yield invalid(field, path, 'wildcard can only do suffix matching');
}

export function* priorityLevel({ metadata, spec, status }: flowcontrol.PriorityLevelConfiguration): Errors {
  yield* objectMeta(kinds.PriorityLevelConfiguration, metadata);
  const type = spec?.type ?? '';
  if ((metadata.name === 'exempt') !== (type === 'Exempt')) {
    yield invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'");
  }
  if (type === 'Exempt') {
    if (spec?.limited !== undefined) yield forbidden('spec.limited', 'must be nil if the type is not Limited');
    yield* percentage('spec.exempt.lendablePercent', spec?.exempt?.lendablePercent);
  } else if (type === 'Limited') {
    if (spec?.exempt !== undefined) yield forbidden('spec.exempt', 'must be nil if the type is Limited');
    if (spec?.limited === undefined) yield required('spec.limited', 'must not be empty when type is Limited');
    else yield* limited('spec.limited', spec.limited);
  } else yield notSupported('spec.type', type, ['Exempt', 'Limited']);
  yield* conditions(status?.conditions);
}

function* percentage(field: string, value: number | undefined): Errors {
  if (value !== undefined && (value < 0 || value > 100)) yield invalid(field, value, 'must be between 0 and 100, inclusive');
}

function* limited(field: string, given: flowcontrol.LimitedPriorityLevelConfiguration): Errors {
  const shares = given.nominalConcurrencyShares;
  if (shares !== undefined && shares < 0) {
    yield invalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer');
  }
  const { type = '', queuing } = given.limitResponse ?? {};
  const at = `${field}.limitResponse`;
  if (type === 'Reject') {
    if (queuing !== undefined) yield forbidden(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited');
  } else if (type === 'Queue') {
    if (queuing === undefined) yield required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited');
    else yield* queues(`${at}.queuing`, queuing);
  } else yield notSupported(`${at}.type`, type, ['Queue', 'Reject']);
  yield* percentage(`${field}.lendablePercent`, given.lendablePercent);
  const borrowed = given.borrowingLimitPercent;
  if (borrowed !== undefined && borrowed < 0) {
    yield invalid(`${field}.borrowingLimitPercent`, borrowed, 'if specified, must be a non-negative integer');
  }
}

function* queues(field: string, given: flowcontrol.QueuingConfiguration): Errors {
  const { queueLengthLimit = 0, queues: count = 0, handSize = 0 } = given;
  if (queueLengthLimit <= 0) yield invalid(`${field}.queueLengthLimit`, queueLengthLimit, 'must be positive');
  if (count <= 0) yield invalid(`${field}.queues`, count, 'must be positive');
  else if (count > mostQueues) yield invalid(`${field}.queues`, count, `must not be greater than ${mostQueues}`);
  const bits = entropyBits(count, handSize);
  if (handSize <= 0) yield invalid(`${field}.handSize`, handSize, 'must be positive');
  else if (handSize > count) yield invalid(`${field}.handSize`, handSize, `should not be greater than queues (${count})`);
  else if (bits > mostHashBits) {
    const detail = `required entropy bits of deckSize ${count} and handSize ${handSize} should not be greater than ${mostHashBits}`;
    yield invalid(`${field}.handSize`, handSize, detail);
  }
}

/** What dealing a hand takes of a hash (upstream: shufflesharding.RequiredEntropyBits). */
const entropyBits = (deckSize: number, handSize: number): number => Math.ceil(Math.log2(deckSize) * handSize);
