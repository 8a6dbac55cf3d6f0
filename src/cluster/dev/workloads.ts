import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import type { PodTemplateSpec } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { type Clock, timestamp } from '../../util/clock.ts';

/** Kinds whose pods are made anew, one after another, when their template changes. */
const rolling = [kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet] as unknown as readonly Kind<Workload>[];

type Workload = KubeObject & { spec?: { template?: PodTemplateSpec } };

/** What `kubectl rollout restart` writes, so that both count as the same thing. */
const restartedAt = 'kubectl.kubernetes.io/restartedAt';

/**
 * Restarts what runs `image`, the way `kubectl rollout restart` does, in every namespace. Resolves to what was restarted, such as
 * `deployment/web` (with ` -n shop` outside of `default`).
 */
export async function restartUsers(client: Client, clock: Clock, image: string): Promise<string[]> {
  const restarted: string[] = [];
  for (const kind of rolling) {
    const { items } = await client.list(kind);
    for (const { metadata, spec } of items) {
      if (!uses(spec?.template, image)) continue;
      const { name = '', namespace = '' } = metadata;
      await client.patch(
        kind,
        name,
        namespace,
        { spec: { template: { metadata: { annotations: { [restartedAt]: timestamp(clock) } } } } },
        { fieldManager: 'shoal-dev' },
      );
      restarted.push(`${kind.kind.toLowerCase()}/${name}${namespace === 'default' ? '' : ` -n ${namespace}`}`);
    }
  }
  return restarted;
}

const uses = (template: PodTemplateSpec | undefined, image: string): boolean => {
  const wanted = fullName(image);
  const { containers = [], initContainers = [] } = template?.spec ?? {};
  return [...containers, ...initContainers].some((container) => container.image !== undefined && fullName(container.image) === wanted);
};

/** As Docker reads references: `web` is `docker.io/library/web:latest`. */
export function fullName(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const hosted = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const path = hosted ? reference : `docker.io/${rest.length === 0 ? 'library/' : ''}${reference}`;
  return /[:@][^/]*$/.test(path.slice(path.lastIndexOf('/'))) ? path : `${path}:latest`;
}
