import { useEffect, useRef } from 'preact/hooks';
import { allPods } from '../../filter.ts';
import type { Picture } from '../../picture.ts';
import { clockTime } from './words.ts';

export interface Target {
  kind: 'pod' | 'node' | 'service';
  uid: string;
}

type Facts = [string, string | undefined][];

/** All that the picture knows of one thing, beside the diagram; Escape closes it and takes the focus back. */
export function Details({ target, picture, onClose }: { target: Target; picture: Picture; onClose(): void }) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const { title, facts, events } = about(target, picture);
  return (
    <aside class="details" ref={panel} tabIndex={-1} aria-label={title} onKeyDown={(event) => event.key === 'Escape' && onClose()}>
      <h2>{title}</h2>
      <button type="button" class="close" onClick={onClose}>
        Close
      </button>
      <dl>
        {facts
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {events.length > 0 && <h3>Its latest events</h3>}
      <ul>
        {events.map(({ uid, at, reason, message }) => (
          <li key={uid}>
            <time dateTime={new Date(at).toISOString()}>{clockTime(at)}</time> <strong>{reason}</strong> {message}
          </li>
        ))}
      </ul>
    </aside>
  );
}

function about({ kind, uid }: Target, picture: Picture) {
  const eventsOf = (of: string, name: string) =>
    picture.events.filter(({ regarding }) => regarding.kind === of && regarding.name === name).slice(0, 8);
  if (kind === 'pod') {
    const pod = allPods(picture).find((each) => each.uid === uid);
    if (pod !== undefined) return { title: `Pod ${pod.name}`, facts: podFacts(pod), events: eventsOf('Pod', pod.name) };
  } else if (kind === 'node') {
    const node = picture.nodes.find((each) => each.uid === uid);
    if (node !== undefined) return { title: `Node ${node.name}`, facts: nodeFacts(node), events: eventsOf('Node', node.name) };
  } else {
    const service = picture.services.find((each) => each.uid === uid);
    if (service !== undefined)
      return { title: `Service ${service.name}`, facts: serviceFacts(service), events: eventsOf('Service', service.name) };
  }
  return { title: 'It is gone', facts: [] as Facts, events: [] };
}

const podFacts = (pod: Picture['pending'][number]): Facts => [
  ['Status', pod.status],
  ['Why', pod.message],
  ['Namespace', pod.namespace],
  ['Node', pod.node ?? 'none yet'],
  ['Address', pod.ip],
  ['Part of', pod.workload === undefined ? undefined : `${pod.workload.kind} ${pod.workload.name}`],
  ['Revision', pod.revision],
  ['Containers', `${pod.containers.join(', ')} (${pod.ready} of ${pod.containers.length} ready)`],
  ['Restarts', String(pod.restarts)],
  ['Since', clockTime(pod.createdAt)],
];

const nodeFacts = (node: Picture['nodes'][number]): Facts => [
  ['Role', node.role],
  ['State', `${node.state}${node.schedulable ? '' : ', cordoned'}${node.simulated ? ', simulated' : ''}`],
  ['Pressure', node.pressure.join(', ')],
  ['Pods', `${node.pods.length} of ${node.maxPods}`],
  ['Since', clockTime(node.createdAt)],
];

const serviceFacts = (service: Picture['services'][number]): Facts => [
  ['Type', service.type],
  ['Namespace', service.namespace],
  ['Address', service.clusterIP],
  ['Ports', service.ports.join(', ')],
  ...service.endpoints.map(({ pod, ip, node, ready }): [string, string] => [
    pod ?? ip,
    `${ready ? 'ready' : 'not ready'} at ${ip}${node === undefined ? '' : `, on ${node}`}`,
  ]),
];
