import { narrowed } from '../../../view/filter.ts';
import type { Picture } from '../../../view/picture.ts';
import type { DashState } from './state.ts';

/** How the lines of the screen are shared out: title, nodes, a rule, the pane below, a line of detail, a line of keys. */
export interface Areas {
  nodes: number;
  /** Lines of the pane, its rule not counted; 0 when there is no room for one. */
  below: number;
}

const fixedLines = 3;

export function areasOf({ height, logs }: Pick<DashState, 'height' | 'logs'>): Areas {
  const free = Math.max(0, height - fixedLines);
  const wanted = Math.floor(free * (logs === undefined ? 0.35 : 0.5)) - 1;
  const below = free >= 7 ? Math.max(2, wanted) : 0;
  return { nodes: Math.max(0, free - below - (below > 0 ? 1 : 0)), below };
}

/** What is to be seen of the picture: the chosen namespace and filter. */
export const shown = (state: Pick<DashState, 'picture' | 'namespace' | 'filter'>): Picture | undefined =>
  state.picture === undefined ? undefined : narrowed(state.picture, { namespace: state.namespace, text: state.filter });
