import type { LabelSelector } from '../../api/types/meta-v1.ts';
import type { ControlPlaneAction, ControlPlaneFault, Endpoint, NodeTarget } from '../../chaos/fault.ts';
import { parseDuration } from '../../util/duration.ts';
import { ShoalError } from '../../util/errors.ts';

/** What the flags of `shoal chaos` mean. All of these throw USAGE. */
export interface TargetFlags {
  selector?: string;
  random?: string;
  seed?: string;
}

export function wholeNumber(flag: string, text: string | undefined, least = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new ShoalError('USAGE', `--${flag} ${text} is not a whole number of at least ${least}`, { next: `Write it like --${flag} 3.` });
}

export function durationFlag(flag: string, text: string): string {
  if (parseDuration(text) !== undefined) return text;
  throw new ShoalError('USAGE', `--${flag} ${text} is not a duration`, { next: 'Write it with a unit, such as 30s or 1m30s.' });
}

const labelsOf = (text: string): LabelSelector => {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const [bad] = pairs.filter((pair) => pair.length !== 2 || pair.includes(''));
  if (bad === undefined) return { matchLabels: Object.fromEntries(pairs) as Record<string, string> };
  throw new ShoalError('USAGE', `"${text}" are no labels`, { next: 'Write them as key=value,key=value.' });
};

/** Named nodes, those with labels, or so many drawn from either (or from all). */
export function nodesOf(names: readonly string[], flags: TargetFlags): NodeTarget {
  const count = wholeNumber('random', flags.random, 1);
  const seed = wholeNumber('seed', flags.seed);
  if (names.length === 0 && flags.selector === undefined && count === undefined) {
    throw new ShoalError('USAGE', 'no node is named', { next: 'Name nodes, or choose them with --selector disk=ssd or --random 1.' });
  }
  if (names.length > 0 && flags.selector !== undefined) {
    throw new ShoalError('USAGE', 'nodes are named, and selected by labels as well', { next: 'Leave out either.' });
  }
  return {
    ...(names.length === 0 ? {} : { names: [...names] }),
    ...(flags.selector === undefined ? {} : { selector: labelsOf(flags.selector) }),
    ...(count === undefined ? {} : { count, seed: seed ?? 0 }),
  };
}

/** `worker`, `node/worker`, `service/web`, `service/shop/web`, `pods/app=web`, `pods/shop/app=web`. */
export function endpointOf(flag: string, text: string | undefined): Endpoint {
  const parts = (text ?? '').split('/');
  const [kind = '', first = '', second] = parts;
  if (parts.length === 1 && kind !== '') return { node: kind };
  if (kind === 'node' && parts.length === 2 && first !== '') return { node: first };
  const [namespace, rest] = second === undefined ? [undefined, first] : [first, second];
  const where = namespace === undefined ? {} : { namespace };
  if (parts.length <= 3 && rest !== '') {
    if (kind === 'service' || kind === 'svc') return { service: { ...where, name: rest } };
    if (kind === 'pods' || kind === 'pod') return { pods: { ...where, selector: labelsOf(rest) } };
  }
  throw new ShoalError('USAGE', `--${flag} ${text ?? ''} names neither a node, pods nor a service`, {
    next: 'Write it as worker, pods/app=web, pods/NAMESPACE/app=web, service/web or service/NAMESPACE/web.',
  });
}

/** `apiserver`, `scheduler`, `controller/replicaset-controller`. */
export function componentOf(action: ControlPlaneAction, text: string): ControlPlaneFault {
  if (text === 'apiserver' || text === 'scheduler') return { action, component: text };
  const name = /^controller\/(.+)$/.exec(text)?.[1];
  if (name !== undefined) return { action, component: 'controller', controller: name.includes('-') ? name : `${name}-controller` };
  throw new ShoalError('USAGE', `there is no ${text} in the control plane`, {
    next: 'Name apiserver, scheduler, or a controller such as controller/replicaset.',
  });
}
