import type { Kind } from '../../src/api/kind.ts';
import { type KubeObject, keyOf } from '../../src/api/object.ts';
import type { Informer, InformerFactory, InformerHandlers } from '../../src/client/informer.ts';

/** Informers over objects that a test sets by hand; `set` calls the handlers as a watch would. */
export function staticInformers(): InformerFactory & { set<T extends KubeObject>(kind: Kind<T>, objects: T[]): void } {
  interface Entry {
    objects: Map<string, KubeObject>;
    handlers: Set<InformerHandlers<KubeObject>>;
    informer: Informer<KubeObject>;
  }
  const entries = new Map<string, Entry>();
  function entryOf(kind: Kind): Entry {
    const id = `${kind.group}/${kind.kind}`;
    const known = entries.get(id);
    if (known !== undefined) return known;
    const objects = new Map<string, KubeObject>();
    const handlers = new Set<InformerHandlers<KubeObject>>();
    const indexes = new Map<string, (object: KubeObject) => readonly string[]>();
    const list = (namespace?: string): KubeObject[] =>
      [...objects.values()].filter((one) => namespace === undefined || one.metadata.namespace === namespace);
    const informer: Informer<KubeObject> = {
      kind,
      get: (key) => objects.get(key),
      list,
      byIndex: (index, value) => list().filter((one) => indexes.get(index)?.(one).includes(value) === true),
      addIndex: (index, values) => void indexes.set(index, values),
      on(added) {
        handlers.add(added);
        for (const object of objects.values()) added.add?.(object);
        return () => void handlers.delete(added);
      },
      synced: async () => undefined,
      hasSynced: true,
    };
    const made = { objects, handlers, informer };
    entries.set(id, made);
    return made;
  }
  return {
    informer: <T extends KubeObject>(kind: Kind<T>) => entryOf(kind).informer as unknown as Informer<T>,
    synced: async () => undefined,
    stop: () => undefined,
    set(kind, wanted) {
      const { objects, handlers } = entryOf(kind);
      const keys = new Set(wanted.map(keyOf));
      for (const [key, last] of objects) {
        if (keys.has(key)) continue;
        objects.delete(key);
        for (const handler of handlers) handler.delete?.(last);
      }
      for (const object of wanted) {
        const previous = objects.get(keyOf(object));
        objects.set(keyOf(object), object);
        for (const handler of handlers) previous === undefined ? handler.add?.(object) : handler.update?.(object, previous);
      }
    },
  };
}
