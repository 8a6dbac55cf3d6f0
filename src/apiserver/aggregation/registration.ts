import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import { allKinds, kinds } from '../../api/scheme.ts';
import type { CustomResourceDefinition } from '../../api/types/apiextensions-v1.ts';
import type { APIService } from '../../api/types/apiregistration-v1.ts';
import type { Store } from '../../store/store.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import { follow } from '../auth/follow.ts';
import { loopbackUser, type UserInfo } from '../auth/user.ts';
import { apiServiceName, automanaged, builtinApiServices, localApiService } from './local.ts';

const collection = '/apis/apiregistration.k8s.io/v1/apiservices';
const never = new AbortController().signal;

/**
 * Keeps an APIService for every group and version that this server answers itself: its own, and those of established
 * custom resources (upstream: controllers/autoregister, crdregistration). Resolves when its own are there.
 */
export async function registerLocalServices(options: {
  store: Store;
  log: Logger;
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
}): Promise<void> {
  const { store, log } = options;
  const wanted = new Map(builtinApiServices(allKinds).map((object) => [object.metadata.name ?? '', object]));
  const present = new Map<string, APIService>();
  const custom = new Map<string, string[]>();
  const call = async (method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> => {
    const request: ApiRequest = {
      method,
      path,
      query: new URLSearchParams(),
      headers: {},
      signal: never,
      ...(body === undefined ? {} : { body }),
    };
    const { status } = await options.handle(request, loopbackUser);
    // Somebody else was faster, or the server is going down.
    if (status >= 400 && status !== 409 && status !== 404) log.debug(`APIService: ${method} ${path} was answered with ${status}`);
  };
  const sync = async (name: string): Promise<void> => {
    const object = wanted.get(name);
    const existing = present.get(name);
    if (object !== undefined && existing === undefined) await call('POST', collection, object);
    // Only what was made for a custom resource goes with it.
    if (object === undefined && existing?.metadata.labels?.[automanaged] === 'true') await call('DELETE', `${collection}/${name}`);
  };
  const soon = (name: string): void => {
    sync(name).catch((thrown: unknown) => log.warn(`APIService ${name}: ${messageOf(thrown)}`));
  };
  const setCustom = (definition: string, names: { group: string; version: string }[]): void => {
    const before = custom.get(definition) ?? [];
    custom.set(
      definition,
      names.map(({ group, version }) => apiServiceName(group, version)),
    );
    const all = new Set([...custom.values()].flat());
    for (const { group, version } of names) {
      const name = apiServiceName(group, version);
      if (!wanted.has(name)) wanted.set(name, localApiService(group, version, true));
    }
    for (const name of before) if (!all.has(name)) wanted.delete(name);
    for (const name of new Set([...before, ...all])) soon(name);
  };

  await follow(store, kinds.APIService, {
    set: (object) => void present.set(object.metadata.name ?? '', object),
    remove({ metadata: { name = '' } }) {
      present.delete(name);
      soon(name);
    },
  });
  await Promise.all([...wanted.keys()].map(sync));
  await follow(store, kinds.CustomResourceDefinition, {
    set: (definition) => setCustom(definition.metadata.name ?? '', servedVersions(definition)),
    remove: ({ metadata: { name = '' } }) => setCustom(name, []),
  });
}

function servedVersions({ spec, status }: CustomResourceDefinition): { group: string; version: string }[] {
  const established = status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True');
  if (established !== true) return [];
  return (spec.versions ?? []).filter(({ served }) => served).map(({ name }) => ({ group: spec.group, version: name }));
}
