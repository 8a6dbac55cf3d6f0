import type { EventPicture, Picture, ServicePicture, WorkloadPicture } from '../picture.ts';
import { podMarks, rolloutMarks, rolloutText } from './marks.ts';
import { nodeLines } from './node-columns.ts';
import { clip, type Line, line, printable, sized, span, toAnsi } from './spans.ts';

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
  const faults = picture.faults.map(({ name, type, phase }) => line(`! fault ${name} ${type} ${phase}`, 'bad'));
  const below = [...faults, ...workloads, ...services].slice(0, Math.floor(height / 3));
  const events = picture.events.slice(0, Math.max(0, Math.min(4, height - 12))).map((event) => eventLine(event, width));
  const nodes = nodeLines(picture, { width, height: Math.max(3, height - 1 - below.length - events.length - (below.length > 0 ? 1 : 0)) });
  const rule = line('─'.repeat(width), 'dim');
  return [summaryLine(picture), ...nodes, ...(below.length > 0 ? [rule] : []), ...below, ...events].slice(0, height);
}

/** `3 nodes · 12 pods: ● 10 ready ◐ 2 starting`, or that the cluster does not answer. */
export function summaryLine(picture: Picture): Line {
  const pods = [...picture.nodes.flatMap((node) => node.pods), ...picture.pending];
  const counts = Map.groupBy(pods, ({ tone }) => tone);
  const parts = (Object.keys(podMarks) as (keyof typeof podMarks)[]).flatMap((tone) => {
    const count = counts.get(tone)?.length ?? 0;
    const { mark, style, word } = podMarks[tone];
    return count === 0 ? [] : [span(`  ${mark} ${count} ${word}`, style)];
  });
  const head = span(`${plural(picture.nodes.length, 'node')} · ${plural(pods.length, 'pod')}`, 'strong');
  return picture.stale ? [span('✗ the API server does not answer; last known: ', 'bad'), head] : [head, ...parts];
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export function workloadLine(workload: WorkloadPicture): Line {
  const { mark, style } = rolloutMarks[workload.state];
  const number = workload.revisions.find(({ current }) => current)?.number;
  return [
    span(`${mark} `, style),
    span(workload.name, 'plain'),
    span(` ${workload.kind} `, 'dim'),
    span(rolloutText(workload), style),
    span(number === undefined ? '' : ` rev ${number}`, 'dim'),
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

/** `12:04:05 Warning BackOff pod/web-x: message`. */
export function eventLine({ at, type, reason, message, regarding, count }: EventPicture, width: number): Line {
  const when = new Date(at).toTimeString().slice(0, 8);
  const times = count > 1 ? ` ×${count}` : '';
  const head = `${when} `;
  const what = `${reason} ${regarding.kind.toLowerCase()}/${regarding.name}${times}: `;
  const style = type === 'Warning' ? 'busy' : 'plain';
  return [
    span(head, 'dim'),
    span(printable(what), style),
    span(clip(printable(message), Math.max(0, width - head.length - what.length)), 'dim'),
  ];
}
