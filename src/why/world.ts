import type { Kind } from '../api/kind.ts';
import type { KubeObject } from '../api/object.ts';
import type { SchedulingRecord } from '../api/scheduling-record.ts';
import { kinds } from '../api/scheme.ts';
import { isNotFound } from '../api/status.ts';
import type { Event } from '../api/types/core-v1.ts';
import type { Client } from '../client/client.ts';
import { kindOfObject } from './kinds.ts';

/** What the cluster says, read when it is asked for and once per explanation, so that all findings speak of one state. */
export interface World {
  /** All of a kind, or those of a namespace. Empty where the kind is not served or may not be read. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): Promise<readonly T[]>;
  get<T extends KubeObject>(kind: Kind<T>, name: string, namespace?: string): Promise<T | undefined>;
  /** Events about the object, the newest last. */
  events(object: KubeObject): Promise<readonly Event[]>;
  /** What Shoal's scheduler last decided on the pod; undefined on other clusters, and when it has forgotten. */
  decision(namespace: string, name: string): Promise<SchedulingRecord | undefined>;
  /** The last lines that a container wrote, or its previous run did. Empty where they cannot be had. */
  log(namespace: string, pod: string, container: string, options: { previous: boolean; lines: number }): Promise<readonly string[]>;
}

/** With `whole` each kind is listed once for all namespaces, which is what looking at everything wants. */
export function createWorld(client: Client, { whole = false }: { whole?: boolean } = {}): World {
  const remembered = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const known = remembered.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const reading = read();
    remembered.set(key, reading);
    return reading;
  };
  const none =
    <T>(value: T) =>
    (): T =>
      value;

  const listAll = <T extends KubeObject>(kind: Kind<T>, namespace?: string): Promise<readonly T[]> =>
    once(`list ${kind.group}/${kind.plural} ${namespace ?? ''}`, () =>
      client.list(kind, namespace === undefined ? {} : { namespace }).then(({ items }) => items as readonly T[], none<readonly T[]>([])),
    );
  const list: World['list'] = async (kind, namespace) => {
    if (namespace === undefined || !kind.namespaced) return listAll(kind);
    if (!whole) return listAll(kind, namespace);
    return (await listAll(kind)).filter(({ metadata }) => metadata.namespace === namespace);
  };

  return {
    list,
    async get(kind, name, namespace) {
      if (whole) return (await list(kind, namespace)).find(({ metadata }) => metadata.name === name);
      return once(`get ${kind.group}/${kind.plural} ${namespace ?? ''}/${name}`, () =>
        client.get(kind, name, namespace).catch((thrown: unknown) => {
          if (isNotFound(thrown)) return undefined;
          throw thrown;
        }),
      );
    },
    async events(object) {
      const { name, namespace = 'default', uid } = object.metadata;
      const kind = object.kind ?? kindOfObject(object)?.kind;
      const all = await list(kinds.Event, namespace);
      // Nodes' events name the node where others name the uid.
      const about = all.filter(
        ({ involvedObject: { kind: its, name: of, uid: id } }) =>
          its === kind && of === name && (id === undefined || id === uid || id === name),
      );
      return about.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)));
    },
    decision: (namespace, name) =>
      once(`decision ${namespace}/${name}`, () =>
        client
          .raw<SchedulingRecord>('GET', `/shoal/v1/scheduling/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`)
          .then((answer) => (typeof answer === 'string' ? (JSON.parse(answer) as SchedulingRecord) : answer), none(undefined)),
      ),
    log(namespace, pod, container, { previous, lines }) {
      const query = new URLSearchParams({ container, tailLines: String(lines), ...(previous ? { previous: 'true' } : {}) });
      return once(`log ${namespace}/${pod} ${query}`, () =>
        client
          .raw<unknown>('GET', `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`)
          .then((text) => (typeof text === 'string' ? text.split('\n').filter((line) => line !== '') : []), none<string[]>([])),
      );
    },
  };
}

/** When an event last happened. */
export const timeOf = ({ lastTimestamp, eventTime, series, metadata }: Event): string =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
