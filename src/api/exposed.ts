import type { Service, ServicePort } from './types/core-v1.ts';

/** How Services say which of their ports are reachable from the user's machine; see docs/expose.md. */
export const exposed = {
  /** Annotation: numbers or names of the Service's ports with commas between them, or `all`. */
  wanted: 'shoal.dev/expose',
  /** Annotation: JSON, port of the Service → port of the user's machine. Written by the cluster. */
  given: 'shoal.dev/exposed',
} as const;

const isTCP = ({ protocol }: ServicePort): boolean => (protocol ?? 'TCP') === 'TCP';

/** The ports of a Service that are to be reachable: those of the annotation, and all TCP ports of a LoadBalancer. */
export function portsToExpose({ metadata, spec }: Service): number[] {
  const ports = (spec?.ports ?? []).filter(isTCP);
  // A class names another implementation, which has to see to it itself.
  if (spec?.type === 'LoadBalancer' && spec.loadBalancerClass === undefined) return ports.map(({ port }) => port);
  const wanted = (metadata.annotations?.[exposed.wanted] ?? '').split(',').map((text) => text.trim());
  return ports
    .filter(({ port, name }) => wanted.includes('all') || wanted.includes(String(port)) || (name !== undefined && wanted.includes(name)))
    .map(({ port }) => port);
}

/** What the cluster has given: port of the Service → port of the user's machine. */
export function portsExposed({ metadata }: Service): Map<number, number> {
  try {
    const given = JSON.parse(metadata.annotations?.[exposed.given] ?? '{}') as Record<string, number>;
    return new Map(Object.entries(given).map(([port, local]) => [Number(port), local]));
  } catch {
    return new Map();
  }
}
