import { Cron } from 'croner';
import { semanticEqual } from '../deep-equal.ts';
import { selectorFrom } from '../labels.ts';
import { qualifiedNameErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { CronJob, Job, JobSpec } from '../types/batch-v1.ts';
import { entries, immutable, labelSelector, nonNegative, oneOf } from './common.ts';
import { type Errors, gather, invalid, notSupported, required } from './field-error.ts';
import { dnsLabel } from './formats.ts';
import { metaOnUpdate, objectMeta } from './meta.ts';
import { restoreNodeAffinity } from './pod/scheduling.ts';
import { podTemplate } from './pod/spec.ts';

const maxParallelIndexed = 100_000;
const generatedLabels = ['controller-uid', 'batch.kubernetes.io/controller-uid', 'job-name', 'batch.kubernetes.io/job-name'];

export function* job(object: Job): Errors {
  yield* objectMeta(kinds.Job, object.metadata);
  yield* generatedSelector(object);
  yield* jobSpec('spec', object.spec);
  const { completionMode, completions } = object.spec ?? {};
  if (completionMode === 'Indexed' && (completions ?? 0) > 0) {
    const name = `${object.metadata.name}-${(completions ?? 0) - 1}`;
    for (const problem of dnsLabel(name))
      yield invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${problem}`);
  }
}

/** Without `manualSelector` the labels that tie pods to this Job must be the generated ones. */
function* generatedSelector({ metadata, spec }: Job): Errors {
  if (spec === undefined) return;
  if (spec.manualSelector === true) return;
  const labels = spec.template?.metadata?.labels ?? {};
  for (const key of generatedLabels) {
    const expected = (key.endsWith('uid') ? metadata.uid : metadata.name) ?? '';
    const at = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) yield required(at, `must be '${expected}'`);
    else if (labels[key] !== expected) yield invalid(at, labels, `must be '${expected}'`);
  }
  const uidSelector = { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid ?? '' } };
  const legacy = { matchLabels: { 'controller-uid': metadata.uid ?? '' } };
  if (!semanticEqual(spec.selector, uidSelector) && !semanticEqual(spec.selector, legacy)) {
    yield invalid('spec.selector', spec.selector, '`selector` not auto-generated');
  }
}

export function* jobUpdate(object: Job, old: Job): Errors {
  yield* metaOnUpdate(kinds.Job, object.metadata, old.metadata);
  yield* generatedSelector(object);
  yield* jobSpec('spec', object.spec);
  const { spec } = object;
  const before = old.spec;
  const indexed = before?.completionMode === 'Indexed';
  // An indexed Job may be resized by moving completions and parallelism together.
  if (!(indexed && spec?.completions !== undefined && spec.completions === spec.parallelism)) {
    yield* immutable('spec.completions', spec?.completions, before?.completions);
  }
  yield* immutable('spec.selector', spec?.selector, before?.selector);
  yield* templateUpdate(object, old);
  for (const name of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) {
    yield* immutable(`spec.${name}`, spec?.[name], before?.[name]);
  }
}

/** While suspended and never started, what decides where pods run may change. */
function* templateUpdate({ spec }: Job, { spec: before, status }: Job): Errors {
  const template = structuredClone(spec?.template);
  if (before?.suspend === true && status?.startTime === undefined && template?.spec !== undefined) {
    const stored = before.template;
    const meta = { ...template.metadata };
    for (const part of ['labels', 'annotations'] as const) {
      delete meta[part];
      if (stored.metadata?.[part] !== undefined) Object.assign(meta, { [part]: stored.metadata[part] });
    }
    template.metadata = meta;
    for (const part of ['nodeSelector', 'tolerations', 'schedulingGates'] as const) {
      delete template.spec[part];
      if (stored.spec?.[part] !== undefined) Object.assign(template.spec, { [part]: stored.spec[part] });
    }
    restoreNodeAffinity(template.spec, stored.spec);
  }
  yield* immutable('spec.template', template, before?.template);
}

function* jobSpec(field: string, spec: JobSpec | undefined): Errors {
  const counts = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'] as const;
  for (const name of counts) yield* nonNegative(`${field}.${name}`, spec?.[name]);
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) yield* nonNegative(`${field}.${name}`, spec?.[name]);
  if (spec?.completionMode !== 'Indexed') {
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec?.[name] !== undefined) yield invalid(`${field}.${name}`, spec[name], 'requires indexed completion mode');
    }
  } else if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    yield required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  }
  yield* completionMode(field, spec);
  if (spec?.managedBy !== undefined) {
    for (const problem of spec.managedBy.includes('/')
      ? qualifiedNameErrors(spec.managedBy)
      : ['must be a domain-prefixed path (such as "acme.io/foo")']) {
      yield invalid(`${field}.managedBy`, spec.managedBy, problem);
    }
  }
  yield* podFailurePolicy(`${field}.podFailurePolicy`, spec);
  yield* successPolicy(`${field}.successPolicy`, spec);
  const policies = spec?.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  if (spec?.podReplacementPolicy !== undefined) yield* oneOf(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, policies);
  if (spec?.selector === undefined) {
    if (!field.startsWith('spec.jobTemplate')) yield required(`${field}.selector`);
  } else {
    yield* labelSelector(`${field}.selector`, spec.selector);
  }
  yield* podTemplate(`${field}.template`, spec?.template);
  const policy = spec?.template?.spec?.restartPolicy;
  const supported = spec?.podFailurePolicy === undefined ? ['Never', 'OnFailure'] : ['Never'];
  if (policy === 'Always') {
    yield required(`${field}.template.spec.restartPolicy`, `valid values: "OnFailure", "Never"`);
  } else if (policy !== undefined && !supported.includes(policy)) {
    if (spec?.podFailurePolicy !== undefined) {
      yield invalid(`${field}.template.spec.restartPolicy`, policy, 'only "Never" is supported when podFailurePolicy is specified');
    } else yield notSupported(`${field}.template.spec.restartPolicy`, policy, ['OnFailure', 'Never']);
  }
  if (!field.startsWith('spec.jobTemplate')) yield* podsAreSelected(field, spec);
}

/** Whether its selector was made or given, a Job must find the pods that it makes. */
function* podsAreSelected(field: string, spec: JobSpec | undefined): Errors {
  const selector = spec?.selector;
  if (gather(labelSelector('', selector)).length > 0) return;
  const labels = spec?.template?.metadata?.labels;
  if (selector === undefined || !selectorFrom(selector).matches(labels ?? {})) {
    yield invalid(`${field}.template.metadata.labels`, labels, '`selector` does not match template `labels`');
  }
}

function* completionMode(field: string, spec: JobSpec | undefined): Errors {
  const mode = spec?.completionMode;
  if (mode === undefined) return;
  if (mode !== 'NonIndexed' && mode !== 'Indexed') {
    yield notSupported(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed']);
    return;
  }
  if (mode !== 'Indexed') return;
  if (spec?.completions === undefined) yield required(`${field}.completions`, 'when completion mode is Indexed');
  if ((spec?.parallelism ?? 0) > maxParallelIndexed) {
    const detail = `must be less than or equal to ${maxParallelIndexed} when completion mode is Indexed`;
    yield invalid(`${field}.parallelism`, spec?.parallelism, detail);
  }
}

function* podFailurePolicy(field: string, spec: JobSpec | undefined): Errors {
  const policy = spec?.podFailurePolicy;
  if (policy === undefined) return;
  if ((policy.rules ?? []).length > 20)
    yield { type: 'TooMany', field: `${field}.rules`, value: policy.rules.length, detail: 'must have at most 20 items' };
  const containers = [...(spec?.template?.spec?.containers ?? []), ...(spec?.template?.spec?.initContainers ?? [])].map(({ name }) => name);
  for (const [i, rule] of entries(policy.rules)) {
    const at = `${field}.rules[${i}]`;
    yield* oneOf(`${at}.action`, rule.action, ['Count', 'FailIndex', 'FailJob', 'Ignore']);
    if (rule.action === 'FailIndex' && spec?.backoffLimitPerIndex === undefined) {
      yield invalid(`${at}.action`, rule.action, 'requires the backoffLimitPerIndex to be set');
    }
    const codes = rule.onExitCodes ?? undefined;
    if (codes !== undefined) {
      yield* oneOf(`${at}.onExitCodes.operator`, codes.operator, ['In', 'NotIn']);
      if (codes.containerName !== undefined && !containers.includes(codes.containerName)) {
        const detail = 'must be one of the container or initContainer names in the pod template';
        yield invalid(`${at}.onExitCodes.containerName`, codes.containerName, detail);
      }
      if ((codes.values ?? []).length === 0)
        yield invalid(`${at}.onExitCodes.values`, codes.values ?? [], 'at least one value is required');
      for (const [j, value] of entries(codes.values)) {
        if (codes.operator === 'In' && value === 0) {
          yield invalid(`${at}.onExitCodes.values[${j}]`, value, 'must not be 0 for the In operator');
        }
      }
    }
    for (const [j, { type, status }] of entries(rule.onPodConditions)) {
      for (const problem of qualifiedNameErrors(type ?? '')) yield invalid(`${at}.onPodConditions[${j}].type`, type, problem);
      yield* oneOf(`${at}.onPodConditions[${j}].status`, status, ['False', 'True', 'Unknown']);
    }
    const conditions = (rule.onPodConditions ?? []).length > 0;
    if (codes !== undefined && conditions) yield invalid(at, '', 'specifying both OnExitCodes and OnPodConditions is not supported');
    if (codes === undefined && !conditions) yield invalid(at, '', 'specifying one of OnExitCodes and OnPodConditions is required');
  }
}

function* successPolicy(field: string, spec: JobSpec | undefined): Errors {
  const policy = spec?.successPolicy;
  if (policy === undefined) return;
  if (spec?.completionMode !== 'Indexed') yield invalid(field, policy, 'requires indexed completion mode');
  if ((policy.rules ?? []).length === 0) yield required(`${field}.rules`, 'at least one rules must be specified for the successPolicy');
  for (const [i, rule] of entries(policy.rules)) {
    const at = `${field}.rules[${i}]`;
    if (rule.succeededCount === undefined && rule.succeededIndexes === undefined) {
      yield required(at, 'at least one of succeededCount or succeededIndexes must be specified');
    }
    yield* nonNegative(`${at}.succeededCount`, rule.succeededCount);
    if (rule.succeededIndexes !== undefined && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(rule.succeededIndexes)) {
      yield invalid(
        `${at}.succeededIndexes`,
        rule.succeededIndexes,
        'error parsing succeededIndexes: cannot convert string to integer for index',
      );
    }
  }
}

export function* cronJob(object: CronJob): Errors {
  yield* objectMeta(kinds.CronJob, object.metadata);
  const name = object.metadata.name ?? '';
  // Jobs get an 11 character suffix.
  if (name.length > 52) yield invalid('metadata.name', name, 'must be no more than 52 characters');
  yield* cronJobSpec(object, true);
}
export function* cronJobUpdate(object: CronJob, old: CronJob): Errors {
  yield* metaOnUpdate(kinds.CronJob, object.metadata, old.metadata);
  yield* cronJobSpec(object, object.spec.schedule !== old.spec.schedule);
}

function* cronJobSpec({ spec }: CronJob, newSchedule: boolean): Errors {
  if (!spec.schedule) yield required('spec.schedule');
  else yield* schedule('spec.schedule', spec.schedule, newSchedule);
  yield* nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds);
  if (spec.timeZone !== undefined) yield* timeZone('spec.timeZone', spec.timeZone);
  yield* oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  const template = spec.jobTemplate?.spec;
  const at = 'spec.jobTemplate.spec';
  if (template?.manualSelector === true) yield notSupported(`${at}.manualSelector`, true, ['nil', 'false']);
  if (template?.selector !== undefined) yield invalid(`${at}.selector`, template.selector, '`selector` will be auto-generated');
  yield* jobSpec(at, template);
  yield* nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit);
  yield* nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit);
}

const macros = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** Five fields or a macro; `@every 1h` as robfig/cron has it. Second and year fields of the library are not Kubernetes'. */
function* schedule(field: string, text: string, forbidTimeZone: boolean): Errors {
  const zone = /^(CRON_TZ|TZ)=/.test(text);
  if (zone && forbidTimeZone) {
    yield invalid(field, text, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
    return;
  }
  const bare = zone ? text.replace(/^\S+\s+/, '') : text;
  if (macros.has(bare) || /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(bare)) return;
  if (bare.startsWith('@')) {
    yield invalid(field, text, `unrecognized descriptor: ${bare}`);
    return;
  }
  const fields = bare.trim().split(/\s+/);
  if (fields.length !== 5) {
    yield invalid(field, text, `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
    return;
  }
  try {
    new Cron(bare.replaceAll('?', '*'), { paused: true });
  } catch (error) {
    yield invalid(field, text, error instanceof Error ? error.message : String(error));
  }
}

function* timeZone(field: string, name: string): Errors {
  if (name === '') yield invalid(field, name, 'timeZone must be nil or non-empty string');
  else if (name.toLowerCase() === 'local')
    yield invalid(field, name, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  else {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
    } catch {
      yield invalid(field, name, `unknown time zone ${name}`);
    }
  }
}
