import type { EventPicture, FaultPicture, Picture, ServicePicture, WorkloadPicture } from '../picture.ts';
import { toAnsi } from './ansi.ts';
import { podMarks, rolloutMarks, rolloutText } from './marks.ts';
import { nodeLines } from './node-columns.ts';
import { clip, type Line, line, printable, sized, span, widthOf } from './spans.ts';

export interface RenderOptions {
  width: number;
  height: number;
  color: boolean;
}

/** Namespaces whose workloads and services are the cluster's own. */
export const isSystem = (namespace: string): boolean => namespace === 'kube-system';
const isOwn = ({ namespace, name }: ServicePicture): boolean => namespace === 'default' && name === 'kubernetes';

/** The picture as text of at most `height` lines of at most `width` columns: nodes first, then what is rolling out, services, events. */
export function renderPicture(picture: Picture, { width, height, color }: RenderOptions): string {
  return pictureLines(picture, width, height)
    .map((each) => toAnsi(sized(each, width), color))
    .join('\n');
}

function pictureLines(picture: Picture, width: number, height: number): Line[] {
  const workloads = picture.workloads.filter(({ namespace }) => !isSystem(namespace)).map(workloadLine);
  const services = picture.services.filter((service) => !isSystem(service.namespace) && !isOwn(service)).map(serviceLine);
  const faults = picture.faults.map(faultLine);
  const below = [...faults, ...workloads, ...services].slice(0, Math.floor(height / 3));
  const events = picture.events.slice(0, Math.max(0, Math.min(4, height - 12))).map((event) => eventLine(event, width));
  const nodes = nodeLines(picture, { width, height: Math.max(3, height - 1 - below.length - events.length - (below.length > 0 ? 1 : 0)) });
  const rule = line('─'.repeat(width), 'dim');
  return [summaryLine(picture, width), ...nodes, ...(below.length > 0 ? [rule] : []), ...below, ...events].slice(0, height);
}

export const faultLine = ({ name, action, target, phase }: FaultPicture): Line =>
  line(`! ${action} ${target} (fault ${name}, ${phase})`, 'bad');

/** `3 nodes · 12 pods: ● 10 ready ◐ 2 starting`, or that the cluster does not answer. */
export function summaryLine(picture: Picture, width: number): Line {
  const pods = [...picture.nodes.flatMap((node) => node.pods), ...picture.pending];
  const counts = Map.groupBy(pods, ({ tone }) => tone);
  const parts = (Object.keys(podMarks) as (keyof typeof podMarks)[]).flatMap((tone) => {
    const count = counts.get(tone)?.length ?? 0;
    const { mark, style, word } = podMarks[tone];
    return count === 0 ? [] : [span(`  ${mark} ${count} ${word}`, style)];
  });
  const head = span(`${plural(picture.nodes.length, 'node')} · ${plural(pods.length, 'pod')}`, 'strong');
  if (picture.stale) return [span('✗ the API server does not answer; last known: ', 'bad'), head];
  const whole = [head, ...parts];
  // Where words have no room, marks and figures say the same.
  return widthOf(whole) <= width ? whole : [head, ...parts.map((each) => ({ ...each, text: each.text.replace(/ [a-z]+$/, '') }))];
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export function workloadLine(workload: WorkloadPicture): Line {
  const { mark, style } = rolloutMarks[workload.state];
  const number = workload.revisions.find(({ current }) => current)?.number;
  return [
    span(`${mark} `, style),
    span(`${workload.name} `),
    span(rolloutText(workload), style),
    span(`${number === undefined ? '' : ` rev ${number}`} ${workload.kind}`, 'dim'),
    span(workload.message === undefined ? '' : ` ${printable(workload.message)}`, style),
  ];
}

export function serviceLine({ name, ports, endpoints }: ServicePicture): Line {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const to = ready.map(({ pod, ip }) => pod ?? ip).join(' ');
  return [
    span('→ ', ready.length > 0 ? 'good' : 'bad'),
    span(name),
    span(` Service ${ports.join(',')} `, 'dim'),
    span(ready.length === 0 ? 'no ready endpoints' : `${ready.length}/${endpoints.length} ready `, ready.length > 0 ? 'good' : 'bad'),
    span(to, 'dim'),
  ];
}

/** From here on an event's line names the kind of what it is about. */
const roomForKinds = 70;

/** `12:04:05 BackOff pod/web-x ×3: message`; the kind goes first when it gets narrow. */
export function eventLine({ at, type, reason, message, regarding, count }: EventPicture, width: number): Line {
  const when = `${new Date(at).toTimeString().slice(0, 8)} `;
  const what = printable(
    `${reason} ${width < roomForKinds ? '' : `${regarding.kind.toLowerCase()}/`}${regarding.name}${count > 1 ? ` ×${count}` : ''}`,
  );
  const room = width - when.length - what.length - 2;
  const said = room < 8 ? '' : `: ${clip(printable(message), room)}`;
  return [span(when, 'dim'), span(what, type === 'Warning' ? 'busy' : 'plain'), span(said, 'dim')];
}
