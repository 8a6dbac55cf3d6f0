import { randomUUID } from 'node:crypto';
import type { ClusterContext } from '../context.ts';
import type { Lifetime } from '../lifetime.ts';
import type { ClusterKeys, ClusterPorts } from '../node-files.ts';
import type { NodePlace } from '../plan.ts';
import type { NetworkState } from '../provider.ts';
import type { ClusterSpec } from '../spec.ts';
import type { Usable } from './usable.ts';

/** What the steps of one `up` hand to each other; each field is set by the step of its name. */
export interface UpState extends Usable {
  spec: ClusterSpec;
  /** See `Lifetime`. */
  instance: string;
  expires: number | undefined;
  image: string | undefined;
  keys: ClusterKeys | undefined;
  network: NetworkState | undefined;
  places: Map<string, NodePlace>;
  ports: ClusterPorts | undefined;
}

export const newState = (context: ClusterContext, spec: ClusterSpec, { instance, expires }: Lifetime): UpState => ({
  context,
  cluster: spec.name,
  since: 0,
  reach: undefined,
  spec,
  instance: instance ?? randomUUID(),
  expires,
  image: undefined,
  keys: undefined,
  network: undefined,
  places: new Map(),
  ports: undefined,
  missing: new Map(),
});

/** What an earlier step must have set; its absence is a wrong edge in the graph. */
export function made<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`a step ran before the one that makes ${what}`);
  return value;
}
