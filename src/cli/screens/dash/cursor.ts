import { allPods } from '../../../view/filter.ts';
import type { NodePicture, Picture, PodPicture, ServicePicture, WorkloadPicture } from '../../../view/picture.ts';
import { type Column, layOutNodes } from '../../../view/text/node-columns.ts';
import { areasOf, shown } from './areas.ts';
import type { DashState, Pane } from './state.ts';

/** What the cursor is on. */
export type Target =
  | { kind: 'pod'; pod: PodPicture }
  | { kind: 'node'; node: NodePicture }
  | { kind: 'workload'; workload: WorkloadPicture }
  | { kind: 'service'; service: ServicePicture }
  | { kind: 'none' };

export function targetOf(state: DashState): Target {
  const picture = shown(state);
  const uid = state.cursor[state.pane];
  if (picture === undefined || uid === undefined) return { kind: 'none' };
  if (state.pane === 'workloads') return wrap('workload', picture.workloads, uid);
  if (state.pane === 'services') return wrap('service', picture.services, uid);
  if (state.pane === 'events') return { kind: 'none' };
  const node = picture.nodes.find((each) => each.uid === uid);
  return node === undefined ? wrap('pod', allPods(picture), uid) : { kind: 'node', node };
}

function wrap<K extends string, T extends { uid: string }>(
  kind: K,
  all: readonly T[],
  uid: string,
): ({ kind: K } & { [P in K]: T }) | { kind: 'none' } {
  const found = all.find((each) => each.uid === uid);
  // The compiler does not see that a computed key of type K makes that record.
  return found === undefined ? { kind: 'none' } : ({ kind, [kind]: found } as { kind: K } & { [P in K]: T });
}

/** The workload that scaling means: the one under the cursor, or that of the pod there. */
export function workloadOf(state: DashState): WorkloadPicture | undefined {
  const target = targetOf(state);
  if (target.kind === 'workload') return target.workload;
  if (target.kind !== 'pod') return undefined;
  const { namespace, workload } = target.pod;
  return state.picture?.workloads.find(
    (each) => each.namespace === namespace && each.kind === workload?.kind && each.name === workload.name,
  );
}

/** The service under the cursor, or the first that leads to the pod there. */
export function serviceOf(state: DashState): ServicePicture | undefined {
  const target = targetOf(state);
  if (target.kind === 'service') return target.service;
  if (target.kind !== 'pod') return undefined;
  const { namespace, name } = target.pod;
  return state.picture?.services.find((each) => each.web && each.namespace === namespace && each.endpoints.some(({ pod }) => pod === name));
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The uid that the cursor comes to; the first of the pane where it was nowhere. */
export function moved(state: DashState, direction: Direction, steps = 1): string | undefined {
  const picture = shown(state);
  if (picture === undefined) return undefined;
  if (state.pane !== 'nodes') return alongList(listOf(picture, state.pane), state.cursor[state.pane], direction, steps);
  const bands = layOutNodes(picture, { width: state.width, height: areasOf(state).nodes });
  return acrossColumns(bands, state.cursor.nodes, direction, steps);
}

export function listOf(picture: Picture, pane: Exclude<Pane, 'nodes'>): readonly { uid: string }[] {
  return picture[pane];
}

function alongList(all: readonly { uid: string }[], uid: string | undefined, direction: Direction, steps: number): string | undefined {
  const at = all.findIndex((each) => each.uid === uid);
  if (at < 0) return all[0]?.uid;
  const to = direction === 'up' ? at - steps : direction === 'down' ? at + steps : at;
  return all[Math.max(0, Math.min(all.length - 1, to))]?.uid;
}

interface Place {
  band: number;
  column: number;
  row: number;
  cell: number;
}

function placeOf(bands: readonly (readonly Column[])[], uid: string | undefined): Place | undefined {
  for (const [band, columns] of bands.entries()) {
    for (const [column, { rows }] of columns.entries()) {
      for (const [row, cells] of rows.entries()) {
        const cell = cells.indexOf(uid ?? '');
        if (cell >= 0) return { band, column, row, cell };
      }
    }
  }
  return undefined;
}

function acrossColumns(
  bands: readonly (readonly Column[])[],
  uid: string | undefined,
  direction: Direction,
  steps: number,
): string | undefined {
  let place = placeOf(bands, uid);
  if (place === undefined) return bands[0]?.[0]?.rows[0]?.[0];
  for (let step = 0; step < steps; step++) place = neighbour(bands, place, direction) ?? place;
  return bands[place.band]?.[place.column]?.rows[place.row]?.[place.cell];
}

function neighbour(bands: readonly (readonly Column[])[], place: Place, direction: Direction): Place | undefined {
  const at = (band: number, column: number, row: number, cell: number): Place | undefined => {
    const rows = bands[band]?.[column]?.rows;
    if (rows === undefined) return undefined;
    const inRow = Math.min(row, rows.length - 1);
    return { band, column, row: inRow, cell: Math.min(cell, (rows[inRow]?.length ?? 1) - 1) };
  };
  const { band, column, row, cell } = place;
  const rows = bands[band]?.[column]?.rows ?? [];
  if (direction === 'down') return row + 1 < rows.length ? at(band, column, row + 1, cell) : at(band + 1, column, 0, 0);
  if (direction === 'up') return row > 0 ? at(band, column, row - 1, cell) : at(band - 1, column, Number.MAX_SAFE_INTEGER, cell);
  const step = direction === 'left' ? -1 : 1;
  if (rows[row]?.[cell + step] !== undefined) return { ...place, cell: cell + step };
  return at(band, column + step, row, step < 0 ? Number.MAX_SAFE_INTEGER : 0);
}
