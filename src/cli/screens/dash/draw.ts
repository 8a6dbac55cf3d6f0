import type { Picture } from '../../../view/picture.ts';
import { nodeLines } from '../../../view/text/node-columns.ts';
import { eventLine, faultLine, serviceLine, summaryLine, workloadLine } from '../../../view/text/render-picture.ts';
import { beside, clip, type Line, line, printable, sized, span, widthOf } from '../../../view/text/spans.ts';
import { areasOf, shown } from './areas.ts';
import { detailLine } from './detail.ts';
import { overlay } from './overlay.ts';
import type { DashState } from './state.ts';

/** Narrower than this and the lower pane shows one list instead of two. */
const twoListsFrom = 70;
const maxFaults = 2;

/** The whole screen: exactly `height` lines of exactly `width` columns. */
export function draw(state: DashState): Line[] {
  const { width, height } = state;
  const picture = shown(state);
  const { nodes, below } = areasOf(state);
  const top =
    picture === undefined ? [line(`Connecting to ${state.cluster}…`, 'dim')] : nodesOf(state, picture, nodes - faultsOf(picture).length);
  const lines = [
    titleLine(state, picture),
    ...filled([...faultsOf(picture), ...top], nodes),
    ...(below === 0 ? [] : [ruleLine(state), ...filled(picture === undefined ? [] : belowLines(state, picture, below), below)]),
    detailLine(state),
    keysLine(state),
  ].slice(0, height);
  return overlay(filled(lines, height), state).map((each) => sized(each, width));
}

/** Whoever looks at a broken cluster should see first that it is broken on purpose. */
const faultsOf = (picture: Picture | undefined): Line[] => (picture?.faults ?? []).slice(0, maxFaults).map(faultLine);

const filled = (lines: readonly Line[], height: number): Line[] => Array.from({ length: height }, (_, row) => lines[row] ?? []);

function nodesOf(state: DashState, picture: Picture, height: number): Line[] {
  const selected = state.pane === 'nodes' ? state.cursor.nodes : undefined;
  return nodeLines(picture, {
    width: state.width,
    height,
    fresh: new Set(state.fresh.keys()),
    ...(selected === undefined ? {} : { selected }),
  });
}

function titleLine({ cluster, namespace, filter, width }: DashState, picture: Picture | undefined): Line {
  const left = [span(' shoal ', 'accent'), span(cluster, 'strong'), span('  ')];
  const scope = [namespace, filter === '' ? undefined : `/${filter}`].filter((each) => each !== undefined).join(' ');
  const right = scope === '' ? [] : [span(`${scope} `, 'accent')];
  const room = width - widthOf(left) - widthOf(right);
  return [...left, ...sized(picture === undefined ? [] : summaryLine(picture, room), room), ...right];
}

/** The names of the lists below, the one with the cursor marked. */
function ruleLine({ pane, logs, width }: DashState): Line {
  if (logs !== undefined) {
    const title = ` logs of ${logs.pod.name}${logs.ended ? ' (ended)' : ''} `;
    return [span('──', 'dim'), span(title, 'accent'), span('─'.repeat(Math.max(0, width - 2 - title.length)), 'dim')];
  }
  const tabs = (['workloads', 'services', 'events'] as const).flatMap((each) => [
    span('──', 'dim'),
    span(` ${each} `, pane === each ? 'accent' : 'dim', pane === each),
  ]);
  return [...tabs, span('─'.repeat(Math.max(0, width - widthOf(tabs))), 'dim')];
}

function belowLines(state: DashState, picture: Picture, height: number): Line[] {
  const { width, pane, logs } = state;
  if (logs !== undefined) {
    const recent = logs.lines.slice(-height);
    return recent.length === 0
      ? [line(logs.ended ? 'No log.' : 'Waiting for output…', 'dim')]
      : recent.map((each) => line(printable(each)));
  }
  const leftWidth = width < twoListsFrom ? width : Math.floor(width * 0.45);
  const lists = {
    workloads: () => scrolled(picture.workloads, state.cursor.workloads, pane === 'workloads', height, workloadLine),
    services: () => scrolled(picture.services, state.cursor.services, pane === 'services', height, serviceLine),
    events: (room: number) => scrolled(picture.events, state.cursor.events, pane === 'events', height, (event) => eventLine(event, room)),
  };
  if (width < twoListsFrom) return pane === 'nodes' ? lists.workloads() : lists[pane](width);
  const left = pane === 'services' ? lists.services() : lists.workloads();
  const rightWidth = width - leftWidth - 1;
  return beside(
    [
      { lines: left.length === 0 ? [line(pane === 'services' ? 'No services.' : 'No workloads.', 'dim')] : left, width: leftWidth },
      { lines: lists.events(rightWidth), width: rightWidth },
    ],
    span('│', 'dim'),
  );
}

/** The part of a list that has the cursor in it. */
function scrolled<T extends { uid: string }>(
  all: readonly T[],
  uid: string | undefined,
  focused: boolean,
  height: number,
  render: (one: T) => Line,
): Line[] {
  const at = focused
    ? Math.max(
        0,
        all.findIndex((each) => each.uid === uid),
      )
    : 0;
  const top = Math.max(0, Math.min(at - Math.floor(height / 2), all.length - height));
  return all
    .slice(top, top + height)
    .map((each) => (focused && each.uid === uid ? render(each).map((one) => ({ ...one, selected: true })) : render(each)));
}

const hints = 'l logs  e shell  x kill  s scale  c cordon  d drain  o open  w why  / filter  n namespace  ? help  q quit';
const fewHints = 'l logs  x kill  s scale  w why  ? help  q quit';

function keysLine({ mode, notice, width }: DashState): Line {
  if (mode.kind === 'confirm') return line(` ${mode.question}`, 'bad');
  if (mode.kind === 'input') {
    const label = mode.purpose === 'filter' ? 'Filter by name' : `Replicas of ${mode.workload.name} (now ${mode.workload.desired})`;
    return [span(` ${label}: `, 'strong'), span(mode.text), span(' ', 'plain', true)];
  }
  if (notice !== undefined) return line(` ${clip(printable(notice.text), width - 1)}`, notice.style);
  return line(` ${hints.length < width ? hints : fewHints.length < width ? fewHints : '? help  q quit'}`, 'dim');
}
