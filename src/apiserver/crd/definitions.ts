import { isDeepStrictEqual } from 'node:util';
import { customKind } from '../../api/custom/custom-kind.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf } from '../../api/object.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../api/types/apiextensions-v1.ts';
import { type Resource, type Resources, resourceKey } from '../resources.ts';
import { customConversion } from './conversion.ts';
import type { WebhookPost } from './conversion-webhook.ts';

/** The kinds that established CustomResourceDefinitions serve, beside the built-in ones. */
export interface CustomResources extends Resources {
  /** Takes a new or changed definition into account; repeatable. */
  set(definition: CustomResourceDefinition): void;
  remove(definition: CustomResourceDefinition): void;
  /** The stored form of a definition's objects, whether it is served or not. */
  storageOf(definition: CustomResourceDefinition): Resource | undefined;
}

interface Known {
  definition: CustomResourceDefinition;
  resources: Resource[];
}

export const conditionIs = ({ status }: CustomResourceDefinition, type: string): boolean =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;

/** `builtin` go first; a definition cannot take a built-in kind's place. */
export function createCustomResources(builtin: Resources, post: WebhookPost): CustomResources {
  const known = new Map<string, Known>();
  const table = new Map<string, Resource>();
  let all: readonly Resource[] = builtin.all();

  const rebuild = (): void => {
    table.clear();
    for (const { resources } of known.values()) {
      for (const resource of resources) table.set(resourceKey(resource.kind.group, resource.kind.version, resource.kind.plural), resource);
    }
    all = [...builtin.all(), ...table.values()];
  };
  const storageOf = (definition: CustomResourceDefinition): Resource | undefined => {
    const version = definition.spec.versions.find(({ storage }) => storage);
    if (version === undefined) return undefined;
    const served = known.get(definition.metadata.name ?? '')?.resources.find(({ kind }) => kind.version === version.name);
    return served ?? resourcesOf(definition, [version], undefined, post)[0];
  };
  return {
    find: (group, version, plural) => builtin.find(group, version, plural) ?? table.get(resourceKey(group, version, plural)),
    all: () => all,
    storageOf,
    set(definition) {
      const name = definition.metadata.name ?? '';
      if (!conditionIs(definition, 'Established')) {
        if (known.delete(name)) rebuild();
        return;
      }
      const served = definition.spec.versions.filter((version) => version.served);
      known.set(name, { definition, resources: resourcesOf(definition, served, known.get(name), post) });
      rebuild();
    },
    remove(definition) {
      if (known.delete(definition.metadata.name ?? '')) rebuild();
    },
  };
}

/** Kinds of versions that did not change stay the very same, with all that is compiled and cached for them. */
function resourcesOf(
  definition: CustomResourceDefinition,
  versions: readonly CustomResourceDefinitionVersion[],
  before: Known | undefined,
  post: WebhookPost,
): Resource[] {
  const sameNames =
    before !== undefined &&
    isDeepStrictEqual(before.definition.status?.acceptedNames, definition.status?.acceptedNames) &&
    isDeepStrictEqual(before.definition.spec.names, definition.spec.names);
  const kindOf = (version: CustomResourceDefinitionVersion): Kind => {
    const was = before?.definition.spec.versions.find(({ name }) => name === version.name);
    const kind = before?.resources.find((resource) => resource.kind.version === version.name)?.kind;
    return sameNames && kind !== undefined && isDeepStrictEqual(was, version) ? kind : customKind(definition, version);
  };
  const { conversion } = definition.spec;
  const storageVersion = definition.spec.versions.find(({ storage }) => storage);
  const kinds = new Map(versions.map((version) => [version, kindOf(version)]));
  // Versions that are not served may still be what lies in the store.
  const others = new Map<string, Kind>();
  const named = (name: string): Kind | undefined => {
    const version = definition.spec.versions.find((one) => one.name === name);
    if (version === undefined) return undefined;
    const kind = kinds.get(version) ?? others.get(name) ?? customKind(definition, version);
    if (!kinds.has(version)) others.set(name, kind);
    return kind;
  };
  return versions.map((version) => {
    const kind = kinds.get(version) ?? kindOf(version);
    const storage = (storageVersion === undefined ? undefined : named(storageVersion.name)) ?? kind;
    const warning = version.deprecationWarning ?? `${apiVersionOf(kind)} ${kind.kind} is deprecated`;
    return {
      kind,
      storage,
      convert: customConversion({ served: kind, storage, kindOf: named, conversion, post }),
      ...(version.deprecated === true ? { deprecation: warning } : {}),
      ...(conditionIs(definition, 'Terminating') ? { terminating: true } : {}),
    };
  });
}
