import { labelValueErrors, qualifiedNameErrors, subdomainErrors } from '../../qualified-name.ts';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodSpec,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from '../../types/core-v1.ts';
import { entries, labelSelector, optionalOneOf } from '../common.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { check, dnsLabel } from '../formats.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function* tolerationRules(field: string, tolerations: Toleration[] | undefined): Errors {
  for (const [i, { key, operator, value, effect, tolerationSeconds }] of entries(tolerations)) {
    const at = `${field}[${i}]`;
    if (key) yield* check(`${at}.key`, key, qualifiedNameErrors);
    else if (operator !== 'Exists') {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      yield invalid(`${at}.operator`, operator ?? '', detail);
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      yield invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    if (!operator || operator === 'Equal') {
      const problems = labelValueErrors(value ?? '');
      if (problems.length > 0) yield invalid(`${at}.operator`, value, problems.join(';'));
    } else if (operator === 'Exists') {
      if (value) yield invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else yield notSupported(`${at}.operator`, operator, ['Equal', 'Exists']);
    if (effect && !effects.includes(effect)) yield notSupported(`${at}.effect`, effect, effects);
  }
}

/** Node taints; upstream reports them below metadata. */
export function* taintRules(field: string, taints: Taint[] | undefined): Errors {
  const seen = new Set<string>();
  for (const [i, taint] of entries(taints)) {
    const at = `${field}[${i}]`;
    yield* check(`${at}.key`, taint.key ?? '', qualifiedNameErrors);
    const problems = labelValueErrors(taint.value ?? '');
    if (problems.length > 0) yield invalid(`${at}.value`, taint.value, problems.join(';'));
    if (!taint.effect) yield required(`${at}.effect`);
    else if (!effects.includes(taint.effect)) yield notSupported(`${at}.effect`, taint.effect, effects);
    const pair = `${taint.key}:${taint.effect}`;
    if (seen.has(pair)) yield { ...duplicate(at, taint), detail: 'taints must be unique by key and effect pair' };
    seen.add(pair);
  }
}

/** Puts back the node affinity that is stored, so that the rest of a changed spec can be compared with it. */
export function restoreNodeAffinity(spec: PodSpec, stored: PodSpec | undefined): void {
  const nodeAffinity = stored?.affinity?.nodeAffinity;
  const { nodeAffinity: _changed, ...others } = spec.affinity ?? {};
  const affinity = nodeAffinity === undefined ? others : { ...others, nodeAffinity };
  if (Object.keys(affinity).length > 0 || stored?.affinity !== undefined) spec.affinity = affinity;
  else delete spec.affinity;
}

export function* affinityRules(field: string, affinity: Affinity | undefined): Errors {
  const node = affinity?.nodeAffinity;
  const wanted = 'preferredDuringSchedulingIgnoredDuringExecution';
  const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
  if (node?.[needed] !== undefined) yield* nodeSelectorRules(`${field}.nodeAffinity.${needed}`, node[needed]);
  for (const [i, term] of entries(node?.[wanted])) {
    const at = `${field}.nodeAffinity.${wanted}[${i}]`;
    yield* weight(at, term.weight);
    yield* nodeSelectorTerm(`${at}.preference`, term.preference ?? {}, false);
  }
  yield* podAffinity(`${field}.podAffinity`, affinity?.podAffinity);
  yield* podAffinity(`${field}.podAntiAffinity`, affinity?.podAntiAffinity);
}

function* weight(field: string, value: number): Errors {
  if (!(value >= 1 && value <= 100)) yield invalid(`${field}.weight`, value ?? 0, 'must be in the range 1-100');
}

export function* nodeSelectorRules(field: string, selector: NodeSelector): Errors {
  if ((selector.nodeSelectorTerms ?? []).length === 0) {
    yield required(`${field}.nodeSelectorTerms`, 'must have at least one node selector term');
  }
  for (const [i, term] of entries(selector.nodeSelectorTerms)) yield* nodeSelectorTerm(`${field}.nodeSelectorTerms[${i}]`, term, true);
}

function* nodeSelectorTerm(field: string, { matchExpressions, matchFields }: NodeSelectorTerm, checkValues: boolean): Errors {
  for (const [i, requirement] of entries(matchExpressions)) {
    yield* nodeRequirement(`${field}.matchExpressions[${i}]`, requirement, checkValues);
  }
  for (const [i, { key, operator, values }] of entries(matchFields)) {
    const at = `${field}.matchFields[${i}]`;
    if (operator !== 'In' && operator !== 'NotIn') yield invalid(`${at}.operator`, operator, 'not a valid selector operator');
    else if (values?.length !== 1) {
      yield required(`${at}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
    }
    if (key !== 'metadata.name') yield invalid(`${at}.key`, key, 'not a valid field selector key');
    else for (const [j, value] of entries(values)) yield* check(`${at}.values[${j}]`, value, subdomainErrors);
  }
}

function* nodeRequirement(field: string, { key, operator, values }: NodeSelectorRequirement, checkValues: boolean): Errors {
  const count = values?.length ?? 0;
  if (operator === 'In' || operator === 'NotIn') {
    if (count === 0) yield required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (count > 0) yield forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (count !== 1) yield required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else yield invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator');
  yield* check(`${field}.key`, key ?? '', qualifiedNameErrors);
  if (checkValues) for (const [i, value] of entries(values)) yield* check(`${field}.values[${i}]`, value, labelValueErrors);
}

function* podAffinity(field: string, affinity: PodAffinity | undefined): Errors {
  const wanted = 'preferredDuringSchedulingIgnoredDuringExecution';
  const needed = 'requiredDuringSchedulingIgnoredDuringExecution';
  for (const [i, term] of entries(affinity?.[needed])) yield* podAffinityTerm(`${field}.${needed}[${i}]`, term);
  for (const [i, weighted] of entries(affinity?.[wanted])) {
    const at = `${field}.${wanted}[${i}]`;
    yield* weight(at, weighted.weight);
    yield* podAffinityTerm(`${at}.podAffinityTerm`, weighted.podAffinityTerm ?? { topologyKey: '' });
  }
}

function* podAffinityTerm(field: string, term: PodAffinityTerm): Errors {
  yield* labelSelector(`${field}.labelSelector`, term.labelSelector);
  yield* labelSelector(`${field}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) {
    for (const problem of dnsLabel(name)) yield invalid(`${field}.namespace`, name, problem);
  }
  const both = (term.matchLabelKeys ?? []).filter((key) => term.mismatchLabelKeys?.includes(key));
  for (const list of ['matchLabelKeys', 'mismatchLabelKeys'] as const) {
    for (const [i, key] of entries(term[list])) {
      yield* check(`${field}.${list}[${i}]`, key, qualifiedNameErrors);
      if (term.labelSelector === undefined) yield forbidden(`${field}.${list}`, 'must not be specified when labelSelector is not set');
      if (list === 'matchLabelKeys' && both.includes(key)) {
        yield invalid(`${field}.${list}[${i}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys');
      }
    }
  }
  if (!term.topologyKey) yield required(`${field}.topologyKey`, 'can not be empty');
  yield* check(`${field}.topologyKey`, term.topologyKey ?? '', qualifiedNameErrors);
}

export function* spreadRules(field: string, constraints: TopologySpreadConstraint[] | undefined): Errors {
  const seen = new Set<string>();
  for (const [i, constraint] of entries(constraints)) {
    const at = `${field}[${i}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = constraint;
    if (!(maxSkew > 0)) yield invalid(`${at}.maxSkew`, maxSkew ?? 0, 'must be greater than zero');
    if (!topologyKey) yield required(`${at}.topologyKey`, 'can not be empty');
    else yield* check(`${at}.topologyKey`, topologyKey, qualifiedNameErrors);
    const modes = ['DoNotSchedule', 'ScheduleAnyway'];
    if (!modes.includes(whenUnsatisfiable)) yield notSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, modes);
    const pair = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(pair)) yield duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair);
    seen.add(pair);
    if (minDomains !== undefined) {
      if (minDomains <= 0) yield invalid(`${at}.minDomains`, minDomains, 'must be greater than zero');
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        yield invalid(`${at}.minDomains`, minDomains, detail);
      }
    }
    yield* optionalOneOf(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Honor', 'Ignore']);
    yield* optionalOneOf(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Honor', 'Ignore']);
    for (const [j, key] of entries(constraint.matchLabelKeys)) {
      yield* check(`${at}.matchLabelKeys[${j}]`, key, qualifiedNameErrors);
      if (constraint.labelSelector === undefined) {
        yield forbidden(`${at}.matchLabelKeys`, 'must not be specified when labelSelector is not set');
      }
    }
    yield* labelSelector(`${at}.labelSelector`, constraint.labelSelector);
  }
}
