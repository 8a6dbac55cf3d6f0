import { podLimits, podRequests, type ResourceList } from '../../../api/pod-requests.ts';
import { compareQuantity, formatQuantity, isZeroQuantity, parseQuantity, type QuantityLike } from '../../../api/quantity.ts';
import type { LimitRangeItem, PersistentVolumeClaim, Pod } from '../../../api/types/core-v1.ts';

interface Amounts {
  requests: Record<string, QuantityLike>;
  limits: Record<string, QuantityLike>;
}

/** What a pod breaks of the limits on containers and pods (upstream: `PodValidateLimitFunc`). */
export function podProblems(limits: readonly LimitRangeItem[], pod: Pod): string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return limits.flatMap((item) => {
    if (item.type === 'Container') {
      return containers.flatMap(({ resources }) =>
        itemProblems(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
      );
    }
    if (item.type !== 'Pod') return [];
    return itemProblems(item, { requests: podRequests(pod) satisfies ResourceList, limits: podLimits(pod) });
  });
}

/** What a claim breaks of the limits on claims. */
export function claimProblems(limits: readonly LimitRangeItem[], claim: PersistentVolumeClaim): string[] {
  const requests = claim.spec?.resources?.requests ?? {};
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap(({ type, min = {}, max = {} }) => [
      ...each(min, (name, bound) => below(type, name, bound, { requests, limits: {} })),
      ...each(max, (name, bound) => {
        const request = requests[name];
        const head = `maximum ${name} usage per ${type} is ${bound}`;
        if (request === undefined) return `${head}.  No request is specified`;
        return compareQuantity(request, bound) > 0 ? `${head}, but request is ${formatQuantity(request)}` : undefined;
      }),
    ]);
}

const itemProblems = ({ type, min = {}, max = {}, maxLimitRequestRatio = {} }: LimitRangeItem, amounts: Amounts): string[] => [
  ...each(min, (name, bound) => below(type, name, bound, amounts)),
  ...each(max, (name, bound) => above(type, name, bound, amounts)),
  ...each(maxLimitRequestRatio, (name, bound) => overRatio(type, name, bound, amounts)),
];

const each = (bounds: Record<string, string>, check: (name: string, bound: string) => string | undefined): string[] =>
  Object.entries(bounds)
    .map(([name, bound]) => check(name, formatQuantity(bound)))
    .filter((problem) => problem !== undefined);

function below(type: string, name: string, bound: string, { requests, limits }: Amounts): string | undefined {
  const head = `minimum ${name} usage per ${type} is ${bound}`;
  const request = requests[name];
  const limit = limits[name];
  if (request === undefined) return `${head}.  No request is specified`;
  if (compareQuantity(request, bound) < 0) return `${head}, but request is ${formatQuantity(request)}`;
  if (limit !== undefined && compareQuantity(limit, bound) < 0) return `${head}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function above(type: string, name: string, bound: string, { requests, limits }: Amounts): string | undefined {
  const head = `maximum ${name} usage per ${type} is ${bound}`;
  const request = requests[name];
  const limit = limits[name];
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (compareQuantity(limit, bound) > 0) return `${head}, but limit is ${formatQuantity(limit)}`;
  if (request !== undefined && compareQuantity(request, bound) > 0) return `${head}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function overRatio(type: string, name: string, bound: string, { requests, limits }: Amounts): string | undefined {
  const head = `${name} max limit to request ratio per ${type} is ${bound}`;
  const request = requests[name];
  const limit = limits[name];
  if (request === undefined || isZeroQuantity(request)) return `${head}, but no request is specified or request is 0`;
  if (limit === undefined || isZeroQuantity(limit)) return `${head}, but no limit is specified or limit is 0`;
  const ratio = Number(parseQuantity(limit).nanos) / Number(parseQuantity(request).nanos);
  return ratio > Number(parseQuantity(bound).nanos) / 1e9 ? `${head}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
