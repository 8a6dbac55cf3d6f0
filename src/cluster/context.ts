import type { Readable } from 'node:stream';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import type { NodeRole, Provider } from './provider.ts';
import type { TaintConfig } from './role-config.ts';
import type { StepEvent } from './run-steps.ts';

/** What `load` needs of the engine on the user's side. */
export interface ImageSource {
  /** The image's id and the digests of its layers; undefined when the engine does not have it. */
  inspect(reference: string): Promise<{ id: string; layers: string[] } | undefined>;
  /** A `docker save` archive of the images. */
  save(references: string[]): Promise<Readable>;
}

/** Images that Shoal makes itself: each call makes sure that they are there. */
export interface ShoalImages {
  /** The node image of this version of Shoal; resolves to its tag. */
  node(signal?: AbortSignal): Promise<string>;
  /** `website:v1.0` and `website:v2.0`, the sample. */
  website(signal?: AbortSignal): Promise<void>;
}

/** What every function of `cluster.ts` works with; `connectCluster` makes it for the engine in use. */
export interface ClusterContext {
  provider: Provider;
  images: ShoalImages;
  source: ImageSource;
  clock: Clock;
  log: Logger;
  /** Told of each step as it starts, finishes or fails; absent means quiet. */
  progress?: (event: StepEvent) => void;
  /** Aborted by Ctrl-C; what was half made is then undone. */
  signal?: AbortSignal;
}

export interface NodeStatus {
  name: string;
  role: NodeRole;
  /** The container runs; of a simulated node, its kubelet. */
  running: boolean;
  /** The Node's Ready condition; absent when the API server was not asked or does not know the node. */
  ready?: boolean;
  ip: string;
  podCIDR: string;
  resources: { cpu?: number; memory?: number };
}

export interface ClusterStatus {
  name: string;
  /** `partial`: some node containers run and some do not. */
  state: 'running' | 'stopped' | 'partial';
  nodes: NodeStatus[];
  apiServer: { url: string };
  gateway: { url: string };
  /** What its registry is called on this machine and in image names, such as `localhost:5000`. Absent: it has none. */
  registry?: { host: string };
  kubeconfig: { context: string };
  /** RFC 3339; when it removes itself. Absent: never. */
  expires?: string;
  /** Its nodes are simulated: one process, no containers. Absent otherwise. */
  simulated?: true;
}

/** What a kubeconfig entry for the cluster is made of; certificates and key are PEM. */
export interface ClusterAccess {
  context: string;
  server: string;
  ca: string;
  cert: string;
  key: string;
}

/** A worker to add; what is absent is as in a plain node. */
export interface NewNode {
  name?: string;
  labels?: Record<string, string>;
  taints?: TaintConfig[];
  resources?: { cpu?: number; memory?: number };
}

export interface UpOptions {
  /** Keep what was made when `up` fails, for a look. */
  retain?: boolean;
  /** How long all of it may take, milliseconds. */
  timeoutMs?: number;
  /** A cluster that needs no containers: one process with simulated nodes. */
  simulate?: boolean;
  /** See `Lifetime`; default: a new one. Who must find the cluster again before it is whole gives it. */
  instance?: string;
  /** How long the cluster is to live from now, milliseconds; also of one that is there already. Default: as long as nobody removes it. */
  ttlMs?: number;
}

export interface UpResult {
  status: ClusterStatus;
  access: ClusterAccess;
  /** False when the cluster was there already, with the same shape. */
  created: boolean;
}
