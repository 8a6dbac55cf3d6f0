import { stringify } from 'yaml';
import { group, type Kind } from '../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../api/object.ts';
import { allKinds, kinds } from '../api/scheme.ts';
import type { Client } from '../client/client.ts';
import { messageOf } from '../util/errors.ts';
import type { Collector } from './collector.ts';
import { redacted } from './redact.ts';

/** Under a name of its own, so that it cannot be taken for a namespace's. */
const clusterWide = '_cluster';
/** Each is in `events.txt`, more legibly. */
const elsewhere = new Set(['events']);

/** `objects/<namespace>/<plural>.yaml`: the state of every object, without what is secret. */
export const collectObjects: Collector = async function* ({ client }) {
  const failures: string[] = [];
  const seen = new Set<string>();
  for (const kind of [...allKinds.filter(({ verbs }) => verbs.includes('list')), ...(await customKinds(client))]) {
    const name = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
    if (elsewhere.has(kind.plural) || seen.has(name)) continue;
    seen.add(name);
    const items = await client.list(kind).then(
      (list) => list.items,
      (thrown: unknown) => {
        failures.push(`${name}: ${messageOf(thrown)}`);
        return [];
      },
    );
    for (const [namespace, objects] of Map.groupBy(items, ({ metadata }) => metadata.namespace ?? clusterWide)) {
      yield { path: `objects/${namespace}/${name}.yaml`, text: objects.map((object) => document(kind, object)).join('---\n') };
    }
  }
  if (failures.length > 0) throw new Error(failures.join('; '));
};

const document = (kind: Kind, object: KubeObject): string =>
  stringify(redacted({ apiVersion: apiVersionOf(kind), kind: kind.kind, ...object }), { lineWidth: 0, aliasDuplicateObjects: false });

async function customKinds(client: Client): Promise<Kind[]> {
  const { items } = await client.list(kinds.CustomResourceDefinition);
  return items.flatMap(({ spec }) => {
    const version = spec?.versions?.find(({ storage }) => storage)?.name;
    if (spec === undefined || version === undefined) return [];
    const row = group(spec.group, version);
    return [(spec.scope === 'Cluster' ? row.cluster : row.namespaced)(spec.names.kind, { plural: spec.names.plural })];
  });
}
