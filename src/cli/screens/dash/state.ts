import type { NodePicture, Picture, PodPicture, ServicePicture, WorkloadPicture } from '../../../view/picture.ts';
import type { Style } from '../../../view/text/spans.ts';

/** What the screen asks the cluster (or the machine) to do. */
export type Command =
  | { kind: 'scale'; workload: WorkloadPicture; replicas: number }
  | { kind: 'delete-pod'; pod: PodPicture; now: boolean }
  | { kind: 'kill-node' | 'start-node' | 'cordon' | 'uncordon' | 'drain'; node: NodePicture }
  | { kind: 'exec'; pod: PodPicture }
  | { kind: 'logs'; pod: PodPicture }
  | { kind: 'stop-logs' }
  | { kind: 'open'; service?: ServicePicture }
  | { kind: 'why'; ref: { kind: string; name: string; namespace?: string } }
  | { kind: 'quit' };

/** The parts that the cursor can be in; Tab goes round. */
export const panes = ['nodes', 'workloads', 'services', 'events'] as const;
export type Pane = (typeof panes)[number];

/** Who gets the keys. */
export type Mode =
  | { kind: 'browse' }
  /** A line is being typed. */
  | { kind: 'input'; purpose: 'filter'; text: string }
  | { kind: 'input'; purpose: 'replicas'; text: string; workload: WorkloadPicture }
  /** Waits for one of the keys. */
  | { kind: 'confirm'; question: string; answers: Record<string, Command> }
  | { kind: 'choose'; title: string; items: (string | undefined)[]; index: number }
  | { kind: 'popup'; title: string; lines: string[]; top: number };

export interface Notice {
  text: string;
  style: Style;
}

export interface DashState {
  cluster: string;
  /** Absent until the cluster has answered. */
  picture: Picture | undefined;
  now: number;
  width: number;
  height: number;
  namespace: string | undefined;
  filter: string;
  pane: Pane;
  /** The uid under the cursor in each pane. */
  cursor: Partial<Record<Pane, string>>;
  /** Pods that have come lately, with when that stops being news. */
  fresh: ReadonlyMap<string, number>;
  mode: Mode;
  logs: { pod: PodPicture; lines: string[]; ended: boolean } | undefined;
  notice: Notice | undefined;
}

/** Everything that can happen to the screen. */
export type Happening =
  | { kind: 'picture'; picture: Picture; now: number }
  | { kind: 'tick'; now: number }
  | { kind: 'resize'; width: number; height: number }
  | { kind: 'key'; input: string; key: PressedKey }
  | { kind: 'notice'; notice: Notice }
  | { kind: 'popup'; title: string; lines: string[] }
  | { kind: 'log'; uid: string; lines: string[]; ended?: boolean };

/** The part of ink's `Key` that the screen uses. */
export interface PressedKey {
  upArrow?: boolean;
  downArrow?: boolean;
  leftArrow?: boolean;
  rightArrow?: boolean;
  pageUp?: boolean;
  pageDown?: boolean;
  return?: boolean;
  escape?: boolean;
  tab?: boolean;
  shift?: boolean;
  ctrl?: boolean;
  backspace?: boolean;
  delete?: boolean;
}

export const initialState = (cluster: string, size: { width: number; height: number }, now: number): DashState => ({
  cluster,
  picture: undefined,
  now,
  ...size,
  namespace: undefined,
  filter: '',
  pane: 'nodes',
  cursor: {},
  fresh: new Map(),
  mode: { kind: 'browse' },
  logs: undefined,
  notice: undefined,
});
