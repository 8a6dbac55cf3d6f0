import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import type { World } from '../world.ts';

/** Who refuses pods, by the words of the refusal; what to do about it. */
const refusers: readonly {
  pattern: RegExp;
  who: (match: RegExpExecArray) => string;
  fix: (match: RegExpExecArray, namespace: string) => string[];
}[] = [
  {
    pattern: /exceeded quota: ([^,]+), requested: (.+), used: (.+), limited: (.+)$/s,
    who: ([, quota, requested, used, limited]) =>
      `the ResourceQuota ${quota} leaves no room: it asks for ${requested}, ${used} is used of ${limited}`,
    fix: ([, quota], namespace) => [
      `raise the quota: kubectl edit quota ${quota} -n ${namespace}`,
      'ask for less, run fewer replicas, or delete what uses the quota',
    ],
  },
  {
    pattern: /failed quota: ([^:]+): must specify (.+)$/s,
    who: ([, quota, what]) => `the ResourceQuota ${quota} only lets in pods that say ${what}`,
    fix: ([, , what], namespace) => [`set ${what} in the pod template`, `or give the namespace defaults with a LimitRange in ${namespace}`],
  },
  {
    pattern: /violates PodSecurity "([^"]+)": (.+)$/s,
    who: ([, level]) => `Pod Security of its namespace (${level}) forbids it`,
    fix: ([, , what = ''], namespace) => [
      `mend: ${what}`,
      `or lower the level: kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=baseline --overwrite`,
    ],
  },
  {
    pattern: /((?:maximum|minimum) \S+ usage per \S+ is [^[,]+|[a-z-]+ max limit to request ratio[^[,]+)/,
    who: ([, rule]) => `a LimitRange forbids it: ${rule?.trim()}`,
    fix: (_, namespace) => ['keep requests and limits within it', `or change it: kubectl edit limitrange -n ${namespace}`],
  },
  {
    pattern: /serviceaccount "([^"]+)" not found/i,
    who: ([, account]) => `its ServiceAccount ${account} does not exist`,
    fix: ([, account], namespace) => [`kubectl create serviceaccount ${account} -n ${namespace}`],
  },
  {
    pattern: /no PriorityClass with name (\S+) was found/,
    who: ([, name]) => `its PriorityClass ${name} does not exist`,
    fix: ([, name]) => [`create the PriorityClass ${name}, or leave priorityClassName out`],
  },
  {
    pattern: /admission webhook "([^"]+)" denied the request: (.+)$/s,
    who: ([, hook, why]) => `the admission webhook ${hook} refuses it: ${why}`,
    fix: () => ['do as the webhook says, or ask whoever runs it'],
  },
  {
    pattern: /failed calling webhook "([^"]+)": (.+)$/s,
    who: ([, hook]) => `the admission webhook ${hook} cannot be reached`,
    fix: ([, hook]) => [`bring the webhook's server back, or set failurePolicy: Ignore for ${hook}`],
  },
];

/** Pods that the API server does not let a controller create, told as the controller's own trouble. */
export function refusedFinding<T extends KubeObject>(kind: Kind<T>, object: T, told: string): Finding {
  const { name = '', namespace = '' } = object.metadata;
  for (const { pattern, who, fix } of refusers) {
    const match = pattern.exec(told);
    if (match === null) continue;
    return finding(kind, object, `${kind.kind} ${name} cannot create its pods: ${who(match)}.`, [fact(told)], fix(match, namespace));
  }
  return finding(
    kind,
    object,
    `${kind.kind} ${name} cannot create its pods: the API server refuses them.`,
    [fact(told)],
    ['do as the refusal says'],
  );
}

const finding = (kind: Kind, object: KubeObject, message: string, evidence: readonly Evidence[], fix: readonly string[]): Finding => ({
  object: refOf(kind, object),
  code: 'PODS_REFUSED',
  severity: 'error',
  message,
  evidence,
  fix,
});

/** The last refusal that a controller has told of in its events; undefined when pods were created after it. */
export async function lastRefusal(object: KubeObject, world: World): Promise<string | undefined> {
  const about = (await world.events(object)).filter(({ reason }) => reason === 'FailedCreate' || reason === 'SuccessfulCreate');
  const last = about.at(-1);
  return last?.reason === 'FailedCreate' ? last.message : undefined;
}

/** The refusal in a `ReplicaFailure` condition, as ReplicaSets and Deployments have it. */
export const replicaFailure = (conditions: readonly { type: string; status: string; message?: string }[] | undefined): string | undefined =>
  conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')?.message;
