import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../../src/api/object.ts';
import { kinds } from '../../../src/api/scheme.ts';
import { isAlreadyExists } from '../../../src/api/status.ts';
import type { FindingCode } from '../../../src/why/codes.ts';
import { explain } from '../../../src/why/explain.ts';
import { type Explanation, rootOf } from '../../../src/why/finding.ts';
import { kindOfObject, parseRef } from '../../../src/why/kinds.ts';
import { renderText } from '../../../src/why/render.ts';
import type { InProcessCluster } from '../../support/in-process.ts';
import { until } from '../../support/until.ts';

/** A trouble that is really made, and what must be said of it. */
export interface Cause {
  /** Of its own. */
  namespace: string;
  /** What is asked about, in the row's own namespace. */
  ask: string;
  /** YAML that makes the trouble; `default` namespace is the row's. */
  given: string;
  code: FindingCode;
  /** What it comes from, where that is another object's trouble. */
  root?: FindingCode;
  /** In the text that a user reads, unwrapped. */
  says: readonly (string | RegExp)[];
  /** The cure: `kubectl …` as the text says, or YAML to create. Afterwards all must be well. */
  cure?: readonly string[];
}

export async function create(cluster: InProcessCluster, namespace: string, yaml: string): Promise<void> {
  for (const document of parseAllDocuments(yaml)) {
    const object = document.toJS() as KubeObject | null;
    if (object === null) continue;
    const kind = kindOfObject(object);
    if (kind === undefined) throw new Error(`no kind: ${yaml}`);
    const scope = kind.namespaced ? { namespace } : {};
    await cluster.client.create(kind, { ...object, metadata: { ...scope, ...object.metadata } });
  }
}

/** Makes the trouble in a namespace of its own, asks until it is seen for what it is, cures it as told, asks until it is well. */
export async function holds(cluster: InProcessCluster, cause: Cause): Promise<Explanation> {
  const { namespace } = cause;
  await cluster.client
    .create(kinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    .catch((thrown: unknown) => {
      if (!isAlreadyExists(thrown)) throw thrown;
    });
  await until(cluster.client, kinds.ServiceAccount, { namespace }, (accounts) => accounts.length > 0);
  await create(cluster, namespace, cause.given);
  const ref = parseRef([cause.ask], namespace);
  const ask = () => explain(cluster.client, ref);
  let last: Explanation | undefined;
  const codes = async () => {
    last = await ask().catch(() => undefined);
    const [first] = last?.findings ?? [];
    return first === undefined ? [] : [first.code, rootOf(first).code];
  };
  await expect.poll(codes, { interval: 50 }).toEqual([cause.code, cause.root ?? cause.code]);
  const read = async () => textOf(await ask());
  for (const text of cause.says) {
    if (typeof text === 'string') await expect.poll(read).toContain(text);
    else await expect.poll(read).toMatch(text);
  }
  const told = await ask();
  for (const cure of cause.cure ?? []) {
    if (!cure.startsWith('kubectl ')) await create(cluster, namespace, cure);
    else {
      // Deleting what is in the way is the user's own choice; every other command is one that the text gives.
      if (!cure.startsWith('kubectl delete ')) expect(textOf(told)).toContain(cure);
      await cluster.kubectl(words(cure).slice(1));
    }
  }
  if (cause.cure !== undefined)
    await expect.poll(async () => (await ask()).findings.filter(({ severity }) => severity !== 'info'), { interval: 50 }).toEqual([]);
  return told;
}

export const textOf = (explanation: Explanation): string => renderText(explanation, { width: 10_000 });

/** Splits a printed command as a shell would, single quotes alone. */
const words = (command: string): string[] => [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
