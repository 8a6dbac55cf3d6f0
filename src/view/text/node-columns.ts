import type { NodePicture, Picture, PodPicture } from '../picture.ts';
import { bytes, cores } from './amounts.ts';
import { bar } from './bars.ts';
import { nodeLabel, nodeState, podLabel, podMarks, statusWord } from './marks.ts';
import { beside, type Line, line, type Span, sized, span } from './spans.ts';

/** What is under the cursor: a uid, of a pod or of a node. */
export interface ColumnsOptions {
  width: number;
  height: number;
  selected?: string;
  /** Pods that have come since the last look, drawn brighter. */
  fresh?: ReadonlySet<string>;
}

/** A column of the picture, laid out: `rows` are uids as they stand, so that a cursor can move from one to its neighbour. */
export interface Column {
  /** The node's uid; `pending` for the column of pods without one. */
  uid: string;
  width: number;
  lines: Line[];
  rows: string[][];
}

const minWidth = 12;
const gap = span('│', 'dim');
const headerRows = 3;

/**
 * Nodes as columns with their pods below, pods without a node in a column at the end while there are any. When columns get
 * too narrow they wrap into a second band; when pods get too many for a line each, they become one mark each.
 */
export function layOutNodes(picture: Picture, options: ColumnsOptions): Column[][] {
  const pending = picture.pending.length > 0 ? 1 : 0;
  const total = picture.nodes.length + pending;
  if (total === 0) return [];
  const perBand = Math.max(1, Math.min(total, Math.floor((options.width + 1) / (minWidth + 1))));
  const maxBands = Math.max(1, Math.floor(options.height / (headerRows + 1)));
  const bands = Math.min(maxBands, Math.ceil(total / perBand));
  const height = Math.floor(options.height / bands);
  const width = Math.floor((options.width + 1) / Math.ceil(total / Math.ceil(total / perBand))) - 1;
  const columns = [
    ...picture.nodes.map((node) => nodeColumn(node, picture.nodes, { ...options, width, height })),
    ...(pending === 0 ? [] : [pendingColumn(picture.pending, { ...options, width, height })]),
  ];
  const size = Math.ceil(total / Math.ceil(total / perBand));
  return Array.from({ length: Math.ceil(total / size) }, (_, band) => columns.slice(band * size, (band + 1) * size));
}

/** The bands as lines, at most `height`; nodes that do not fit are counted in the last line. */
export function nodeLines(picture: Picture, options: ColumnsOptions): Line[] {
  const bands = layOutNodes(picture, options);
  if (bands.length === 0) return [line('No nodes yet.', 'dim')];
  const lines: Line[] = [];
  for (const [index, band] of bands.entries()) {
    const block = beside(band, gap);
    if (lines.length + block.length > options.height) {
      const hidden = bands.slice(index).flat().length;
      lines.splice(options.height - 1);
      lines.push(line(`… and ${hidden} more nodes`, 'dim'));
      break;
    }
    lines.push(...block);
  }
  return lines;
}

function nodeColumn(node: NodePicture, nodes: readonly NodePicture[], options: ColumnsOptions): Column {
  const { width, height, selected } = options;
  const name = nodeLabel(node.name, nodes, width);
  const count = `${node.pods.length}`;
  const state = nodeState(node);
  const header: Line[] = [
    [span(name, 'strong', selected === node.uid)],
    [...sized([state], width - count.length - 1), span(` ${count}`, 'dim')],
  ];
  if (height >= 8) header.push(bar('cpu', node.cpu, width, cores), bar('mem', node.memory, width, bytes));
  const { lines, rows } = podCells(node.pods, { ...options, height: height - header.length });
  return { uid: node.uid, width, lines: [...header, ...lines], rows: [[node.uid], ...rows] };
}

function pendingColumn(pods: readonly PodPicture[], options: ColumnsOptions): Column {
  const header: Line[] = [
    [span('pending', 'strong', options.selected === 'pending')],
    [span('no node yet ', 'busy'), span(`${pods.length}`, 'dim')],
  ];
  const { lines, rows } = podCells(pods, { ...options, height: options.height - header.length });
  return { uid: 'pending', width: options.width, lines: [...header, ...lines], rows: [['pending'], ...rows] };
}

/** A line for each pod if they fit, else marks alone, as many to a line as the width allows. */
function podCells(pods: readonly PodPicture[], { width, height, selected, fresh }: ColumnsOptions): Pick<Column, 'lines' | 'rows'> {
  if (height <= 0 || pods.length === 0) return { lines: [], rows: [] };
  if (pods.length <= height) {
    return {
      lines: pods.map((pod) => podLine(pod, width, pod.uid === selected, fresh?.has(pod.uid) === true)),
      rows: pods.map(({ uid }) => [uid]),
    };
  }
  const capacity = width * height;
  const shown = pods.length <= capacity ? pods : withSelected(pods, capacity - 6, selected);
  const cells = shown.map((pod): Span => span(podMarks[pod.tone].mark, podMarks[pod.tone].style, pod.uid === selected));
  if (shown.length < pods.length) cells.push(...[...`+${pods.length - shown.length}`].map((digit) => span(digit, 'dim')));
  const perRow = Math.ceil(cells.length / width);
  return {
    lines: Array.from({ length: perRow }, (_, row) => cells.slice(row * width, (row + 1) * width)),
    rows: Array.from({ length: Math.ceil(shown.length / width) }, (_, row) =>
      shown.slice(row * width, (row + 1) * width).map(({ uid }) => uid),
    ),
  };
}

/** The first so many, and the pod under the cursor wherever it stands. */
function withSelected(pods: readonly PodPicture[], count: number, selected: string | undefined): readonly PodPicture[] {
  const first = pods.slice(0, Math.max(1, count));
  const found = pods.find(({ uid }) => uid === selected);
  return found === undefined || first.includes(found) ? first : [...first.slice(0, -1), found];
}

function podLine(pod: PodPicture, width: number, selected: boolean, fresh: boolean): Line {
  const { mark, style } = podMarks[pod.tone];
  const restarts = pod.restarts > 0 && width >= 14 ? ` ↻${pod.restarts}` : '';
  const word = statusWord(pod);
  const room = width - 2 - restarts.length;
  const label = podLabel(pod, room);
  const rest = room - label.length;
  const said = word !== '' && rest >= Math.min(word.length, 8) + 1 ? ` ${word.slice(0, rest - 1)}` : '';
  return [span(`${mark} `, style), span(label, fresh ? 'strong' : 'plain', selected), span(restarts, 'busy'), span(said, style)];
}
