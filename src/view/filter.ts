import type { Picture } from './picture.ts';

export interface Wanted {
  /** All of them where absent. */
  namespace?: string | undefined;
  /** Part of a name, in any case; empty for everything. */
  text?: string;
}

/** The picture with only what is wanted in it. Nodes stay, with fewer pods; what they have to offer does not change by looking. */
export function narrowed(picture: Picture, { namespace, text = '' }: Wanted): Picture {
  if (namespace === undefined && text === '') return picture;
  const part = text.toLowerCase();
  const matches = (one: { namespace?: string; name: string }): boolean =>
    (namespace === undefined || one.namespace === namespace) && (part === '' || one.name.toLowerCase().includes(part));
  return {
    ...picture,
    nodes: picture.nodes.map((node) => ({ ...node, pods: node.pods.filter(matches) })),
    pending: picture.pending.filter(matches),
    workloads: picture.workloads.filter(matches),
    services: picture.services.filter(matches),
    events: picture.events.filter(({ regarding }) => matches(regarding)),
  };
}

/** Everything that can be pointed at by its uid. */
export function allPods(picture: Picture) {
  return [...picture.nodes.flatMap((node) => node.pods), ...picture.pending];
}
