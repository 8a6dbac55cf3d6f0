import type { ClusterSpec } from '../spec.ts';

/** What a snapshot says about itself; the first file of its archive. */
export interface SnapshotManifest {
  format: 1;
  name: string;
  /** The cluster that it was taken of. */
  cluster: string;
  simulated: boolean;
  /** RFC 3339. */
  createdAt: string;
  /** Version of the Shoal that took it. */
  shoal: string;
  /** What `up` has to be asked for to make the cluster's nodes as they were. */
  spec: ClusterSpec;
  /** Names of the nodes that ran. */
  nodes: string[];
  objects: number;
  pods: number;
  /** Tags of the images that had been loaded into nodes. */
  images: string[];
  /** Nodes with data of PersistentVolumes, and how much that is; bytes. */
  volumes: { node: string; bytes: number }[];
}

/** What a cluster is captured as. Paths are of files that whoever asked for the capture removes. */
export interface Capture {
  manifest: Omit<SnapshotManifest, 'format' | 'name' | 'createdAt' | 'shoal'>;
  /** Objects, see `readState`. */
  state: string;
  /** An uncompressed tar of each node's `nodePaths.localPath`. */
  volumes: { node: string; file: string }[];
  /** Archives of `docker save`. */
  imageArchives: string[];
}

export interface CaptureOptions {
  /** Takes along the images themselves, not their names alone. */
  images?: boolean;
}
