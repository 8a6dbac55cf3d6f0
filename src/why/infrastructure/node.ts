import { selectorFrom } from '../../api/labels.ts';
import { kinds } from '../../api/scheme.ts';
import { simulatedNodes } from '../../api/simulated.ts';
import type { Node } from '../../api/types/core-v1.ts';
import { controllerOf } from '../../client/owner.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { requestsOf, sceneOf } from '../scheduling/scene.ts';
import { amountText, are, plural, someOf } from '../text.ts';
import { nameOf } from '../workload/pods-of.ts';
import type { World } from '../world.ts';

const pressures: Record<string, string> = { MemoryPressure: 'memory', DiskPressure: 'disk space', PIDPressure: 'process ids' };

/** Nodes that do not answer, are short of something, or are cordoned. */
export async function nodeState(node: Node, world: World): Promise<readonly Finding[]> {
  const name = nameOf(node);
  const object = refOf(kinds.Node, node);
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const pods = (await sceneOf(world)).nodes.find((state) => state.name === name)?.pods ?? [];
  const findings: Finding[] = [];
  if (ready?.status !== 'True') {
    const silent = ready?.status === 'Unknown';
    const killed = node.metadata.annotations?.[simulatedNodes.killed];
    const what =
      ready === undefined
        ? 'has not reported anything yet'
        : silent
          ? 'does not answer: its kubelet has stopped reporting'
          : 'is not ready';
    const evidence: Evidence[] = [];
    if (killed !== undefined) evidence.push(fact(`Its simulated machine was switched off at ${killed}.`));
    if (ready !== undefined)
      evidence.push(
        fact(
          `${ready.reason}: ${ready.message} (since ${ready.lastTransitionTime}, last heard of at ${ready.lastHeartbeatTime ?? 'an unknown time'})`,
        ),
      );
    evidence.push(
      fact(
        `${plural(pods.length, 'pod')} ${pods.length === 1 ? 'is' : 'are'} on it${pods.length === 0 ? '' : `: ${someOf(pods.map(nameOf))}`}.`,
      ),
    );
    const fix = [
      `start it again: shoal node start ${name}`,
      'see what its machine says: docker logs, or kubectl describe node',
      `if it is gone for good: kubectl delete node ${name}`,
    ];
    findings.push({ object, code: 'NODE_NOT_READY', severity: 'error', message: `Node ${name} ${what}.`, evidence, fix });
  }
  for (const { type, status, message = '' } of conditions) {
    const short = pressures[type];
    if (short === undefined || status !== 'True') continue;
    findings.push({
      object,
      code: 'NODE_PRESSURE',
      severity: 'error',
      message: `Node ${name} is short of ${short}: it takes no new pods and evicts some.`,
      evidence: message === '' ? [] : [fact(message)],
      fix: [`free ${short} on ${name}, or give the node more`],
    });
  }
  if (node.spec?.unschedulable === true) findings.push(await cordoned(node, pods, world));
  return findings;
}

/** Cordoned; and if it is being drained, what holds the draining up. */
async function cordoned(node: Node, pods: readonly { metadata: Node['metadata'] }[], world: World): Promise<Finding> {
  const name = nameOf(node);
  const staying = pods.filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet');
  const budgets = (await world.list(kinds.PodDisruptionBudget)).filter(({ status }) => (status?.disruptionsAllowed ?? 0) === 0);
  const guarded = staying.flatMap((pod) => {
    const budget = budgets.find(
      ({ metadata, spec }) => metadata.namespace === pod.metadata.namespace && selectorFrom(spec?.selector).matches(pod.metadata.labels),
    );
    return budget === undefined
      ? []
      : [[nameOf(pod), nameOf(budget), `${budget.status?.currentHealthy ?? 0} healthy, ${budget.status?.desiredHealthy ?? 0} needed`]];
  });
  const evidence: Evidence[] =
    guarded.length === 0 ? [] : [{ type: 'table', columns: ['POD', 'GUARDED BY', 'WHY IT MAY NOT BE EVICTED'], rows: guarded.slice(0, 8) }];
  const stuck =
    guarded.length === 0
      ? ''
      : `; a drain cannot evict ${are(guarded.length)} guarded by a PodDisruptionBudget`.replace(
          /(\d+) (is|are) guarded/,
          '$1 of them, guarded',
        );
  const there = staying.length === 0 ? '' : `; ${plural(staying.length, 'pod')} ${staying.length === 1 ? 'is' : 'are'} still on it`;
  const fix = [
    `kubectl uncordon ${name}`,
    ...(guarded.length === 0 ? [] : ['or let the budgets allow it: more replicas that are ready, or a lower minAvailable']),
  ];
  return {
    object: refOf(kinds.Node, node),
    code: 'NODE_CORDONED',
    severity: 'warning',
    message: `Node ${name} is cordoned: it takes no new pods${there}${stuck}.`,
    evidence,
    fix,
  };
}

export async function nodeWell(node: Node, world: World): Promise<readonly Finding[]> {
  const state = (await sceneOf(world)).nodes.find(({ name }) => name === nameOf(node));
  const rows = ['cpu', 'memory', 'pods'].map((resource) => {
    const total = state?.allocatable.get(resource) ?? 0;
    const used = state?.used.get(resource) ?? 0;
    return [resource, amountText(resource, used), amountText(resource, Math.max(0, total - used)), amountText(resource, total)];
  });
  const top = (state?.pods ?? [])
    .toSorted((a, b) => (requestsOf(b).get('cpu') ?? 0) - (requestsOf(a).get('cpu') ?? 0))
    .slice(0, 3)
    .map(nameOf);
  const evidence: Evidence[] = [{ type: 'table', columns: ['RESOURCE', 'REQUESTED', 'FREE', 'ALLOCATABLE'], rows }];
  if (top.length > 0) evidence.push(fact(`Its largest pods are ${someOf(top)}.`));
  return [
    {
      object: refOf(kinds.Node, node),
      code: 'HEALTHY',
      severity: 'info',
      message: `Node ${nameOf(node)} is ready, with ${plural(state?.pods.length ?? 0, 'pod')}.`,
      evidence,
      fix: [],
    },
  ];
}
