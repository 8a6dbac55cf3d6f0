import type { KubeObject } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import type { Client } from '../client/client.ts';
import type { Explanation, Finding, ObjectRef, Severity } from './finding.ts';
import { refOf, resolveKind } from './kinds.ts';
import { diagnoses, unexamined, wellness } from './registry.ts';
import { stuckTerminating } from './terminating.ts';
import { createWorld, type World } from './world.ts';

const gravity: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/**
 * Why an object is as it is: pending, stuck, or well. Reads through the client alone, so that it works on any cluster; on
 * Shoal's own it knows each node's verdict too. `ref.kind` may be any name that kubectl takes. Fails with `NotFound` when
 * there is no such object, and as the client does when the cluster cannot be reached.
 */
export async function explain(client: Client, ref: ObjectRef): Promise<Explanation> {
  const kind = resolveKind(ref.kind);
  if (kind === undefined) throw new ApiError('NotFound', `no kind is called "${ref.kind}"`);
  const object = await client.get(kind, ref.name, kind.namespaced ? (ref.namespace ?? 'default') : undefined);
  return explainObject(
    { apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`, ...object },
    kind.kind,
    createWorld(client),
  );
}

/** The same of an object that is at hand. */
export async function explainObject(object: KubeObject, kindName: string, world: World): Promise<Explanation> {
  const kind = resolveKind(kindName);
  if (kind === undefined) throw new ApiError('NotFound', `no kind is called "${kindName}"`);
  const ref = refOf(kind, object);
  const findings = await troublesOf(object, kind.kind, world);
  if (findings.every(({ severity }) => severity === 'info')) {
    const well = await wellness[kind.kind]?.run(object, world);
    if (findings.length === 0) findings.push(...(well ?? [unexamined(ref)]));
  }
  return {
    object: ref,
    healthy: findings.every(({ severity }) => severity === 'info'),
    answer: findings[0]?.message ?? '',
    findings,
  };
}

/** What is the matter with an object, the gravest first; nothing is looked for that is not a trouble. */
export async function troublesOf(object: KubeObject, kindName: string, world: World): Promise<Finding[]> {
  const rows = Object.values(diagnoses).filter(({ kind }) => kind.kind === kindName);
  const findings = await Promise.all(rows.map(({ run }) => run(object, world)));
  // Pods ask for it among their own rules, where its place in the order matters.
  if (kindName !== 'Pod') findings.push(await stuckTerminating(object, world));
  return findings.flat().sort((a, b) => gravity[a.severity] - gravity[b.severity]);
}
