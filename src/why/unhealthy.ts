import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import type { Client } from '../client/client.ts';
import { controllerOf } from '../client/owner.ts';
import type { FindingCode } from './codes.ts';
import { troublesOf } from './explain.ts';
import { type Explanation, rootOf } from './finding.ts';
import { refOf } from './kinds.ts';
import { createWorld } from './world.ts';

/** What is looked at, in the order in which troubles are listed: what others stand on comes first. */
const examined: readonly Kind[] = [
  kinds.Node,
  kinds.Namespace,
  kinds.PersistentVolumeClaim,
  kinds.Deployment,
  kinds.StatefulSet,
  kinds.DaemonSet,
  kinds.ReplicaSet,
  kinds.CronJob,
  kinds.Job,
  kinds.Pod,
  kinds.Service,
  kinds.Ingress,
  kinds.HorizontalPodAutoscaler,
].map((kind) => kind as Kind);

/**
 * Everything that is not well in a cluster, or in one namespace of it; each kind is read once. What only repeats the trouble of
 * the object that controls it (the pods of a Deployment) is left out: the controller's explanation has it.
 */
export async function unhealthy(client: Client, { namespace }: { namespace?: string } = {}): Promise<Explanation[]> {
  const world = createWorld(client, { whole: true });
  const explanations: Explanation[] = [];
  /** What the trouble of each object comes to, by uid. */
  const roots = new Map<string, FindingCode>();
  for (const kind of examined) {
    if (namespace !== undefined && !kind.namespaced) continue;
    for (const object of await world.list<KubeObject>(kind, namespace)) {
      const findings = await troublesOf(object, kind.kind, world);
      const [first] = findings;
      if (first === undefined || first.severity === 'info') continue;
      const { code } = rootOf(first);
      roots.set(object.metadata.uid ?? '', code);
      if (roots.get(controllerOf(object)?.uid ?? '') === code) continue;
      explanations.push({ object: refOf(kind, object), healthy: false, answer: first.message, findings });
    }
  }
  return explanations;
}
