import { selectorFrom, selectorFromSet } from '../labels.ts';
import { kinds } from '../scheme.ts';
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types/apps-v1.ts';
import type { PodTemplate, PodTemplateSpec, ReplicationController } from '../types/core-v1.ts';
import type { LabelSelector } from '../types/meta-v1.ts';
import { claimSpec } from './claim-spec.ts';
import {
  atMostHundredPercent,
  countOrPercent,
  immutable,
  intOrPercentValue,
  isEmptySelector,
  labelSelector,
  nonNegative,
  oneOf,
} from './common.ts';
import { type Errors, forbidden, gather, invalid, notSupported, required } from './field-error.ts';
import { check, dnsLabel } from './formats.ts';
import { metaOnUpdate, objectMeta } from './meta.ts';
import { podTemplate, templateMetadata } from './pod/spec.ts';

const noSelectorDeadline = 'activeDeadlineSeconds in';

export function* deployment({ metadata, spec }: Deployment): Errors {
  yield* objectMeta(kinds.Deployment, metadata);
  yield* deploymentSpec(spec);
}
export function* deploymentUpdate(object: Deployment, old: Deployment): Errors {
  yield* metaOnUpdate(kinds.Deployment, object.metadata, old.metadata);
  yield* deploymentSpec(object.spec);
  yield* immutable('spec.selector', object.spec?.selector, old.spec?.selector);
}

function* deploymentSpec(spec: Deployment['spec']): Errors {
  yield* nonNegative('spec.replicas', spec?.replicas);
  yield* selectorRules(spec?.selector, 'deployment');
  yield* replicatedTemplate(spec?.selector, spec?.template, 'ReplicaSet');
  yield* deploymentStrategy(spec?.strategy);
  yield* nonNegative('spec.minReadySeconds', spec?.minReadySeconds);
  yield* nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit);
  const deadline = spec?.progressDeadlineSeconds;
  yield* nonNegative('spec.progressDeadlineSeconds', deadline);
  if (deadline !== undefined && deadline <= (spec?.minReadySeconds ?? 0)) {
    yield invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
  }
}

function* deploymentStrategy(strategy: NonNullable<Deployment['spec']>['strategy']): Errors {
  const at = 'spec.strategy';
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === 'Recreate') {
    if (rolling !== undefined) yield forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
    return;
  }
  if (strategy?.type !== 'RollingUpdate') {
    yield notSupported(`${at}.type`, strategy?.type, ['Recreate', 'RollingUpdate']);
    return;
  }
  if (rolling === undefined) {
    yield required(`${at}.rollingUpdate`, 'this should be defaulted and never be nil');
    return;
  }
  const { maxUnavailable, maxSurge } = rolling;
  yield* countOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
  yield* countOrPercent(`${at}.rollingUpdate.maxSurge`, maxSurge);
  if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0) {
    yield invalid(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
  }
  yield* atMostHundredPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
}

/** The selector must be there, sensible and not empty. */
function* selectorRules(selector: LabelSelector | undefined, owner: string): Errors {
  if (selector === undefined) {
    yield required('spec.selector');
    return;
  }
  yield* labelSelector('spec.selector', selector);
  if (isEmptySelector(selector)) yield invalid('spec.selector', selector, `empty selector is invalid for ${owner}`);
}

/** A template of pods that are replaced for ever: selected by `selector`, restarted always. Who selects unreadably is not asked about pods. */
function* replicatedTemplate(selector: LabelSelector | undefined, template: PodTemplateSpec | undefined, owner: string): Errors {
  if (isUnreadable(selector)) {
    yield invalid('spec.selector', selector, 'invalid label selector');
    return;
  }
  yield* templateIsSelected(selector, template);
  yield* podTemplate('spec.template', template);
  yield* restartAlways(template, owner);
}

const isUnreadable = (selector: LabelSelector | undefined): boolean => gather(labelSelector('', selector)).length > 0;

/** An absent selector selects nothing, an empty one everything. */
function* templateIsSelected(selector: LabelSelector | undefined, template: PodTemplateSpec | undefined): Errors {
  if (selector !== undefined && (isEmptySelector(selector) || isUnreadable(selector))) return;
  const labels = template?.metadata?.labels;
  if (selector === undefined || !selectorFrom(selector).matches(labels ?? {})) {
    yield invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
}

function* restartAlways(template: PodTemplateSpec | undefined, owner: string): Errors {
  const at = 'spec.template.spec';
  const policy = template?.spec?.restartPolicy;
  if (template !== undefined && policy !== 'Always') yield notSupported(`${at}.restartPolicy`, policy, ['Always']);
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    yield forbidden(`${at}.activeDeadlineSeconds`, `${noSelectorDeadline} ${owner} is not Supported`);
  }
}

export function* replicaSet({ metadata, spec }: ReplicaSet): Errors {
  yield* objectMeta(kinds.ReplicaSet, metadata);
  yield* replicaSetSpec(spec);
}
export function* replicaSetUpdate(object: ReplicaSet, old: ReplicaSet): Errors {
  yield* metaOnUpdate(kinds.ReplicaSet, object.metadata, old.metadata);
  yield* replicaSetSpec(object.spec);
  yield* immutable('spec.selector', object.spec?.selector, old.spec?.selector);
}
function* replicaSetSpec(spec: ReplicaSet['spec']): Errors {
  yield* nonNegative('spec.replicas', spec?.replicas);
  yield* nonNegative('spec.minReadySeconds', spec?.minReadySeconds);
  // The text is upstream's, which has it from the Deployment.
  yield* selectorRules(spec?.selector, 'deployment');
  yield* replicatedTemplate(spec?.selector, spec?.template, 'ReplicaSet');
}

export function* replicationController({ metadata, spec }: ReplicationController): Errors {
  yield* objectMeta(kinds.ReplicationController, metadata);
  yield* replicationControllerSpec(spec);
}
function* replicationControllerSpec(spec: ReplicationController['spec']): Errors {
  yield* nonNegative('spec.minReadySeconds', spec?.minReadySeconds);
  const selector = selectorFromSet(spec?.selector);
  if (selector.everything) yield required('spec.selector');
  yield* nonNegative('spec.replicas', spec?.replicas);
  if (spec?.template === undefined) {
    yield required('spec.template');
    return;
  }
  const labels = spec.template.metadata?.labels;
  if (!selector.everything && !selector.matches(labels ?? {})) {
    yield invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
  yield* podTemplate('spec.template', spec.template);
  yield* restartAlways(spec.template, 'ReplicationController');
}

export function* daemonSet({ metadata, spec }: DaemonSet): Errors {
  yield* objectMeta(kinds.DaemonSet, metadata);
  yield* daemonSetSpec(spec);
}
export function* daemonSetUpdate(object: DaemonSet, old: DaemonSet): Errors {
  yield* metaOnUpdate(kinds.DaemonSet, object.metadata, old.metadata);
  yield* daemonSetSpec(object.spec);
  yield* immutable('spec.selector', object.spec?.selector, old.spec?.selector);
}
function* daemonSetSpec(spec: DaemonSet['spec']): Errors {
  yield* labelSelector('spec.selector', spec?.selector);
  yield* templateIsSelected(spec?.selector, spec?.template);
  if (spec?.selector !== undefined && isEmptySelector(spec.selector)) {
    yield invalid('spec.selector', spec.selector, 'empty selector is invalid for daemonset');
  }
  yield* podTemplate('spec.template', spec?.template);
  yield* restartAlways(spec?.template, 'DaemonSet');
  yield* nonNegative('spec.minReadySeconds', spec?.minReadySeconds);
  yield* daemonSetStrategy(spec?.updateStrategy);
  yield* nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit);
}
function* daemonSetStrategy(strategy: NonNullable<DaemonSet['spec']>['updateStrategy']): Errors {
  const at = 'spec.updateStrategy';
  if (strategy?.type === 'OnDelete') return;
  if (strategy?.type !== 'RollingUpdate') {
    yield notSupported(at, strategy?.type, ['OnDelete', 'RollingUpdate']);
    return;
  }
  if (strategy.rollingUpdate === undefined) {
    yield required(`${at}.rollingUpdate`);
    return;
  }
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  yield* countOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
  yield* atMostHundredPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
  yield* countOrPercent(`${at}.rollingUpdate.maxSurge`, maxSurge);
  yield* atMostHundredPercent(`${at}.rollingUpdate.maxSurge`, maxSurge);
  const unavailable = intOrPercentValue(maxUnavailable) !== 0;
  const surge = intOrPercentValue(maxSurge) !== 0;
  if (unavailable && surge) yield invalid(`${at}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero');
  if (!unavailable && !surge) {
    yield required(`${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
  }
}

export function* statefulSet({ metadata, spec }: StatefulSet): Errors {
  yield* objectMeta(kinds.StatefulSet, metadata);
  // Pods are named after the set with an ordinal appended, and their names are host names.
  if (metadata.name) for (const problem of dnsLabel(metadata.name)) yield invalid('metadata.name', metadata.name, problem);
  yield* statefulSetSpec(spec);
}

const statefulSetUpdatable =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export function* statefulSetUpdate(object: StatefulSet, old: StatefulSet): Errors {
  yield* metaOnUpdate(kinds.StatefulSet, object.metadata, old.metadata);
  yield* statefulSetSpec(object.spec);
  const fixed = ({ spec }: StatefulSet): unknown[] => [
    spec?.selector,
    spec?.serviceName || undefined,
    spec?.podManagementPolicy,
    spec?.volumeClaimTemplates?.map(({ metadata, spec: claim }) => [metadata?.name, metadata?.labels, metadata?.annotations, claim]),
  ];
  for (const _ of immutable('spec', fixed(object), fixed(old))) yield forbidden('spec', statefulSetUpdatable);
}

function* statefulSetSpec(spec: StatefulSet['spec']): Errors {
  yield* oneOf('spec.podManagementPolicy', spec?.podManagementPolicy, ['OrderedReady', 'Parallel']);
  const strategy = spec?.updateStrategy;
  const at = 'spec.updateStrategy';
  if (!strategy?.type) yield required(at);
  else if (strategy.type === 'OnDelete') {
    if (strategy.rollingUpdate !== undefined) {
      yield invalid(`${at}.rollingUpdate`, strategy.rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
    }
  } else if (strategy.type !== 'RollingUpdate') {
    yield invalid(at, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  } else if (strategy.rollingUpdate !== undefined) {
    const { partition, maxUnavailable } = strategy.rollingUpdate;
    yield* nonNegative(`${at}.rollingUpdate.partition`, partition);
    if (maxUnavailable !== undefined) {
      yield* countOrPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
      if (intOrPercentValue(maxUnavailable) === 0) {
        yield invalid(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, 'cannot be 0');
      }
      yield* atMostHundredPercent(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
    }
  }
  const retention = spec?.persistentVolumeClaimRetentionPolicy;
  for (const when of ['whenDeleted', 'whenScaled'] as const) {
    const policy = retention?.[when];
    if (policy !== undefined && policy !== 'Retain' && policy !== 'Delete') {
      yield notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, policy, ['Delete', 'Retain']);
    }
  }
  yield* nonNegative('spec.replicas', spec?.replicas);
  yield* nonNegative('spec.minReadySeconds', spec?.minReadySeconds);
  yield* nonNegative('spec.ordinals.start', spec?.ordinals?.start);
  yield* nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit);
  if (spec?.serviceName) yield* check('spec.serviceName', spec.serviceName, dnsLabel);
  yield* selectorRules(spec?.selector, 'statefulset');
  for (const [i, claim] of (spec?.volumeClaimTemplates ?? []).entries()) {
    if (claim.spec !== undefined) yield* claimSpec(`spec.volumeClaimTemplates[${i}].spec`, claim.spec);
  }
  // The pod's spec is judged when there is a pod, as upstream does it: until then its claims' volumes are not in it.
  if (isUnreadable(spec?.selector)) yield invalid('spec.selector', spec?.selector, '');
  else {
    yield* templateIsSelected(spec?.selector, spec?.template);
    yield* templateMetadata('spec.template', spec?.template ?? {});
  }
  yield* restartAlways(spec?.template, 'StatefulSet');
}

export function* podTemplateObject({ metadata, template }: PodTemplate): Errors {
  yield* objectMeta(kinds.PodTemplate, metadata);
  yield* podTemplate('template', template);
}
