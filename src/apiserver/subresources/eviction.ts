import { selectorFrom } from '../../api/labels.ts';
import { isReady } from '../../api/ready.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { Pod, PodCondition } from '../../api/types/core-v1.ts';
import type { Condition } from '../../api/types/meta-v1.ts';
import type { Eviction, PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/types/policy-v1.ts';
import { kindPrefix } from '../../store/keys.ts';
import { StoreError } from '../../store/store.ts';
import { timestamp } from '../../util/clock.ts';
import type { Operation } from '../handle.ts';
import { decodeBody } from '../rest/body.ts';
import { badRequest, type Call, withoutAdmission } from '../rest/call.ts';
import { attributesFor } from '../rest/create.ts';
import { deleteObject } from '../rest/delete.ts';
import { entryOf } from '../rest/get.ts';
import { parseDeleteOptions } from '../rest/options.ts';
import { updateObject } from '../rest/update.ts';

const evictionType = { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction' };
/** Older clients' name for the very same, which is still accepted here though the version is gone elsewhere. */
const earlierType = { ...evictionType, version: 'v1beta1' };
const typeOf = ({ body }: Call['request']): typeof evictionType =>
  (body as Partial<Eviction> | undefined)?.apiVersion === 'policy/v1beta1' ? earlierType : evictionType;

/** POST `pods/<name>/eviction`: a delete that a PodDisruptionBudget may refuse with 429 (upstream: EvictionREST). */
export const evict: Operation = async (call) => {
  const eviction = decodeBody<Eviction>(call, typeOf(call.request));
  const { name } = call.info;
  const named = eviction.metadata.name ?? '';
  if (named !== name) throw badRequest(`name in URL does not match name in Eviction object: ${named}`);
  const { object } = await entryOf(call);
  const pod = object as Pod;
  // An eviction is admitted as such; the deletion that it becomes is not asked about again.
  const attributes = attributesFor(call, 'CREATE', eviction, undefined);
  await call.rest.admission.mutate(attributes);
  await call.rest.admission.validate(attributes);
  const options = parseDeleteOptions({ ...call.request, body: eviction.deleteOptions ?? {} });
  const dryRun = call.dryRun || options.dryRun;
  if (!ignoresBudgets(pod)) await charge(call, pod, dryRun);
  if (!dryRun) await markDisrupted(call);
  await deleteObject({ ...withoutAdmission(call), dryRun, info: { ...call.info, subresource: '' } }, options);
  return { status: 201, body: { kind: 'object', value: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } } };
};

const ignoresBudgets = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed' || status?.phase === 'Pending';

/** Takes one disruption from the pod's budget, where it has one; throws when there is none left. */
async function charge(call: Call, pod: Pod, dryRun: boolean): Promise<void> {
  const { store } = call.rest;
  const prefix = kindPrefix(kinds.PodDisruptionBudget, call.info.namespace);
  for (;;) {
    const { entries } = await store.list(prefix);
    const matching = entries.filter(({ object }) => covers(object as PodDisruptionBudget, pod));
    const [entry, second] = matching;
    if (entry === undefined) return;
    if (second !== undefined) {
      throw new ApiError(
        'InternalError',
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      );
    }
    const budget = entry.object as PodDisruptionBudget;
    if (!isReady(pod) && unhealthyMayGo(budget)) return;
    const next = charged(call, budget, pod.metadata.name ?? '');
    if (dryRun) return;
    try {
      await store.update(entry.key, next, entry.revision);
      return;
    } catch (thrown) {
      // The controller or another eviction was faster: judge again by what is there now.
      if (!(thrown instanceof StoreError) || (thrown.code !== 'conflict' && thrown.code !== 'missing')) throw thrown;
    }
  }
}

const covers = ({ spec }: PodDisruptionBudget, pod: Pod): boolean => selectorFrom(spec?.selector).matches(pod.metadata.labels);

function unhealthyMayGo({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const desired = status?.desiredHealthy ?? 0;
  return desired > 0 && (status?.currentHealthy ?? 0) >= desired;
}

function charged(call: Call, budget: PodDisruptionBudget, podName: string): PodDisruptionBudget {
  const { metadata, status = {} } = budget;
  const name = metadata.name ?? '';
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw tooManyRequests(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0) throw forbidden(name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > 2000) {
    const cause = 'too many pending evictions not confirmed by PDB controller';
    throw forbidden(name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller', cause);
  }
  if (allowed === 0) throw tooManyRequests(`The disruption budget ${name} ${whyNone(status)}`);
  const disruptedPods = { ...status.disruptedPods, [podName]: timestamp(call.rest.clock) };
  const used = { ...status, disruptionsAllowed: allowed - 1, disruptedPods };
  return { ...budget, status: allowed === 1 ? { ...used, conditions: exhausted(status, timestamp(call.rest.clock)) } : used };
}

type BudgetStatus = Partial<PodDisruptionBudgetStatus>;
const allowedCondition = ({ conditions }: BudgetStatus): Condition | undefined =>
  conditions?.find(({ type }) => type === 'DisruptionAllowed');

/** The last disruption was taken: the condition says so before the controller does. */
function exhausted(status: BudgetStatus, now: string): Condition[] {
  const current = allowedCondition(status);
  const next: Condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: current?.status === 'False' ? current.lastTransitionTime : now,
    ...(status.observedGeneration === undefined ? {} : { observedGeneration: status.observedGeneration }),
  };
  return [...(status.conditions ?? []).filter((one) => one !== current), next];
}

function whyNone(status: BudgetStatus): string {
  const { desiredHealthy = 0, currentHealthy = 0 } = status;
  const { status: value, reason, message = '' } = allowedCondition(status) ?? {};
  const refuses = value === 'False' && message !== '';
  // The counts are not to be trusted then.
  if (refuses && reason === 'SyncFailed') return `does not allow evicting pods currently because it failed sync: ${message}`;
  if (currentHealthy <= desiredHealthy) return `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return `does not allow evicting pods currently${refuses ? ` (${reason}): ${message}` : ''}`;
}

const tooManyRequests = (text: string, retryAfterSeconds?: number): ApiError =>
  new ApiError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: text }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

const forbidden = (name: string, text: string, cause = text): ApiError =>
  new ApiError('Forbidden', `poddisruptionbudget.policy ${JSON.stringify(name)} is forbidden: ${text}`, {
    name,
    group: 'policy',
    kind: 'poddisruptionbudget',
    causes: [{ reason: 'DisruptionBudget', message: `The disruption budget ${name} does not allow evicting pods currently: ${cause}` }],
  });

/** Leaves on the pod why it went, before it goes. */
async function markDisrupted(call: Call): Promise<void> {
  const change = (current: Pod): Pod => {
    const condition: PodCondition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      ...(current.metadata.generation === undefined ? {} : { observedGeneration: current.metadata.generation }),
      lastTransitionTime: timestamp(call.rest.clock),
    };
    const others = (current.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
    return { ...current, metadata: { ...current.metadata }, status: { ...current.status, conditions: [...others, condition] } };
  };
  await updateObject(call, { exact: true, change: (current) => change(current as Pod) });
}
