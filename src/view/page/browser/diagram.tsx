import { useRef, useState } from 'preact/hooks';
import type { NodePicture, Picture, PodPicture, ServicePicture } from '../../picture.ts';
import { bytes, cores } from '../../text/amounts.ts';
import type { Target } from './details.tsx';
import { Links } from './links.tsx';
import { useMotion } from './motion.ts';
import { Pods } from './pods.tsx';

interface Props {
  picture: Picture;
  target: Target | undefined;
  onTarget(target: Target): void;
}

/** Services at the left, nodes with their pods at the right, and a line from each service to the pods that answer for it. */
export function Diagram({ picture, target, onTarget }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<string>();
  useMotion(place, picture);
  const services = picture.services.filter(
    ({ namespace, name }) => !(namespace === 'default' && name === 'kubernetes') && namespace !== 'kube-system',
  );
  const chosen = pointed ?? (target?.kind === 'service' ? target.uid : undefined);
  const onPod = (pod: PodPicture): void => onTarget({ kind: 'pod', uid: pod.uid });
  return (
    <div class="diagram" ref={place}>
      <section class="services" aria-labelledby="services">
        <h2 id="services">Services</h2>
        {services.length === 0 && <p class="none">none</p>}
        <ul>
          {services.map((service) => (
            <li key={service.uid}>
              <ServiceButton service={service} onPoint={setPointed} onClick={() => onTarget({ kind: 'service', uid: service.uid })} />
            </li>
          ))}
        </ul>
      </section>
      <section class="nodes" aria-labelledby="nodes">
        <h2 id="nodes">Nodes and pods</h2>
        <div class="columns">
          {picture.nodes.map((node) => (
            <NodeBox key={node.uid} node={node} onPod={onPod} onNode={() => onTarget({ kind: 'node', uid: node.uid })} />
          ))}
          {picture.pending.length > 0 && (
            <section class="node pending" aria-label={`Pending: ${picture.pending.length} pods without a node`}>
              <h3>no node yet</h3>
              <Pods pods={picture.pending} onPod={onPod} />
            </section>
          )}
        </div>
      </section>
      <Links services={services} picture={picture} chosen={chosen} place={place} />
    </div>
  );
}

function ServiceButton({
  service,
  onPoint,
  onClick,
}: {
  service: ServicePicture;
  onPoint(uid: string | undefined): void;
  onClick(): void;
}) {
  const { uid, name, namespace, endpoints, ports } = service;
  const ready = endpoints.filter((endpoint) => endpoint.ready).length;
  return (
    <button
      type="button"
      class={`service ${ready > 0 ? 'good' : 'bad'}`}
      data-service={uid}
      onClick={onClick}
      onMouseEnter={() => onPoint(uid)}
      onMouseLeave={() => onPoint(undefined)}
      onFocus={() => onPoint(uid)}
      onBlur={() => onPoint(undefined)}
    >
      <strong>{name}</strong>
      <span class="where">
        {namespace} · {ports.join(', ')}
      </span>
      <span class="ready">
        {endpoints.length === 0 ? '✗ no endpoints' : `${ready > 0 ? '→' : '✗'} ${ready} of ${endpoints.length} pods ready`}
      </span>
    </button>
  );
}

function NodeBox({ node, onPod, onNode }: { node: NodePicture; onPod(pod: PodPicture): void; onNode(): void }) {
  const trouble = [...(node.state === 'Ready' ? [] : [node.state]), ...(node.schedulable ? [] : ['cordoned']), ...node.pressure];
  const state = node.state !== 'Ready' ? 'bad' : trouble.length > 0 ? 'busy' : 'good';
  return (
    <section class={`node ${state}`} aria-label={`Node ${node.name}`}>
      <h3>
        <button type="button" onClick={onNode}>
          {node.name}
        </button>
        <span class="node-state">{trouble.length === 0 ? '✓ Ready' : `${node.state === 'Ready' ? '!' : '✗'} ${trouble.join(', ')}`}</span>
      </h3>
      <Meter label="cpu" amounts={node.cpu} format={cores} />
      <Meter label="memory" amounts={node.memory} format={bytes} />
      <Pods pods={node.pods} onPod={onPod} />
    </section>
  );
}

function Meter({ label, amounts, format }: { label: string; amounts: NodePicture['cpu']; format(amount: number): string }) {
  const { allocatable, requested, used } = amounts;
  const share = (amount: number): number => (allocatable <= 0 ? 0 : Math.min(100, (amount / allocatable) * 100));
  const words = `${format(requested)} of ${format(allocatable)} asked for${used === undefined ? '' : `, ${format(used)} in use`}`;
  const width = share(requested);
  return (
    <div class="meter">
      <span class="label">{label}</span>
      <svg role="img" aria-label={`${label}: ${words}`} viewBox="0 0 100 8" preserveAspectRatio="none">
        <rect class="offered" width="100" height="8" />
        <rect class={width > 90 ? 'asked bad' : 'asked'} width={width} height="8" />
        {used !== undefined && <rect class="used" x={Math.max(0, share(used) - 1)} width="1.5" height="8" />}
      </svg>
      <span class="figures" aria-hidden="true">
        {format(requested)} / {format(allocatable)}
      </span>
    </div>
  );
}
