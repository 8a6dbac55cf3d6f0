import { selectorFrom } from '../../../api/labels.ts';
import { apiVersionOf, type KubeObject, parseApiVersion } from '../../../api/object.ts';
import type { Resource, Resources } from '../../resources.ts';
import type { AdmissionAttributes, AdmissionContext } from '../plugin.ts';
import type { Binding, PolicySpec } from './definitions.ts';

/**
 * The parameters that a binding runs its policy with: `undefined` stands for a run without any. None at all means that the
 * policy is not run. Throws what upstream calls a configuration error (plugin/policy/generic.CollectParams).
 */
export async function paramsOf(
  { paramKind }: PolicySpec,
  { spec }: Binding,
  { namespace }: AdmissionAttributes,
  context: AdmissionContext,
  resources: Resources,
): Promise<(KubeObject | undefined)[]> {
  const { paramRef } = spec;
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const resource = paramResource(paramKind.apiVersion ?? '', paramKind.kind ?? '', resources);
  const within = paramRef.namespace ?? '';
  if (!resource.kind.namespaced && within !== '') {
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const scope = resource.kind.namespaced ? within || namespace : undefined;
  if (scope === '') throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  const found = await lookUp(resource, scope, paramRef, context);
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}

function paramResource(apiVersion: string, kind: string, resources: Resources): Resource {
  const { group, version } = parseApiVersion(apiVersion);
  const found = resources.all().find((one) => one.kind.group === group && one.kind.version === version && one.kind.kind === kind);
  if (found === undefined) throw new Error(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`);
  return found;
}

async function lookUp(
  resource: Resource,
  scope: string | undefined,
  { name, selector }: NonNullable<Binding['spec']['paramRef']>,
  context: AdmissionContext,
): Promise<KubeObject[]> {
  const served = async (object: KubeObject): Promise<KubeObject> => {
    const own = resource.convert === undefined ? object : await resource.convert.fromStorage(object);
    return { ...own, apiVersion: apiVersionOf(resource.kind), kind: resource.kind.kind };
  };
  if (name !== undefined && name !== '') {
    const object = await context.get(resource.storage, name, scope);
    return object === undefined ? [] : [await served(object)];
  }
  const selected = selectorFrom(selector);
  const all = await context.list(resource.storage, scope);
  return Promise.all(all.filter(({ metadata }) => selected.matches(metadata.labels)).map(served));
}
