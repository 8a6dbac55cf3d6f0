import { semanticEqual } from '../../api/deep-equal.ts';
import { goJson } from '../../api/go-text.ts';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists, isNotFound } from '../../api/status.ts';
import type { ControllerRevision } from '../../api/types/apps-v1.ts';
import type { PodTemplateSpec } from '../../api/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { ownerReference } from '../../client/owner.ts';
import { templateHash } from './hash.ts';
import { nameOf, namespaceOf } from './objects.ts';

/**
 * What a template's ControllerRevision holds: a strategic merge patch that puts it back (`kubectl rollout undo` applies it).
 * Its keys are in order, as Go writes maps: clients that make the same patch compare the bytes.
 */
export const revisionData = (template: PodTemplateSpec): Record<string, unknown> =>
  JSON.parse(goJson({ spec: { template: { ...template, $patch: 'replace' } } })) as Record<string, unknown>;

/** The template that a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const { template } = (revision.data?.['spec'] ?? {}) as { template?: PodTemplateSpec & { $patch?: string } };
  const { $patch: _, ...rest } = template ?? {};
  return rest;
}

export const byRevision = (a: ControllerRevision, b: ControllerRevision): number => a.revision - b.revision;

export interface RevisionOwner {
  client: Client;
  owner: KubeObject;
  kind: Kind;
  template: PodTemplateSpec;
  /** Label that carries the hash. */
  hashLabel: string;
  collisionCount: number;
}

/**
 * The revision of the owner's present template: an old one that says the same is made the newest again, else one is created.
 * Returns `collision` when the hash's name belongs to another template; the owner's collision count is then to be raised.
 */
export async function ensureRevision(
  context: RevisionOwner,
  revisions: readonly ControllerRevision[],
): Promise<ControllerRevision | 'collision'> {
  const { client, owner, template } = context;
  const data = revisionData(template);
  const sorted = [...revisions].sort(byRevision);
  const newest = (sorted.at(-1)?.revision ?? 0) + 1;
  const equal = sorted.findLast((revision) => semanticEqual(revision.data, data));
  if (equal !== undefined) {
    if (equal === sorted.at(-1)) return equal;
    return client.update<ControllerRevision>(kinds.ControllerRevision, { ...equal, revision: newest });
  }
  const wanted = newRevision(context, data, newest);
  try {
    return await client.create<ControllerRevision>(kinds.ControllerRevision, wanted);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const taken = await client.get(kinds.ControllerRevision, nameOf(wanted), namespaceOf(owner));
    return semanticEqual(taken.data, data) ? taken : 'collision';
  }
}

function newRevision(
  { owner, kind, template, hashLabel, collisionCount }: RevisionOwner,
  data: Record<string, unknown>,
  revision: number,
): ControllerRevision {
  const hash = templateHash(template, collisionCount);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${nameOf(owner)}-${hash}`,
      namespace: namespaceOf(owner),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      annotations: { ...owner.metadata.annotations },
      ownerReferences: [ownerReference(kind, owner)],
    },
    data,
    revision,
  };
}

/** Deletes the oldest revisions beyond `limit` among those that nothing uses. */
export async function pruneRevisions(
  client: Client,
  revisions: readonly ControllerRevision[],
  inUse: (revision: ControllerRevision) => boolean,
  limit: number,
): Promise<void> {
  const unused = revisions.filter((revision) => !inUse(revision)).sort(byRevision);
  for (const revision of unused.slice(0, Math.max(0, unused.length - limit))) {
    await client.delete(kinds.ControllerRevision, nameOf(revision), revision.metadata.namespace).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
