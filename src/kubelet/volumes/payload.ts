import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret, Volume } from '../../api/types/core-v1.ts';
import { fieldValue, type PodAddresses, resourceValue } from '../containers/downward.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { findContainer } from '../pod/pod.ts';
import type { ProjectedFile } from './atomic-writer.ts';
import type { TokenSource } from './tokens.ts';
import { VolumeError } from './volume-error.ts';

const defaultMode = 0o644;

export interface PayloadContext {
  context: KubeletContext;
  state: PodState;
  addresses: PodAddresses;
  tokens: TokenSource | undefined;
}

export interface MadePayload {
  files: Map<string, ProjectedFile>;
  /** Milliseconds until a token in it is to be renewed. */
  refreshMs: number | undefined;
}

/** The files of a configMap, secret, downwardAPI or projected volume; undefined for other kinds. Throws VolumeError. */
export async function payloadOf(volume: Volume, deps: PayloadContext): Promise<MadePayload | undefined> {
  const files = new Map<string, ProjectedFile>();
  const add = (more: Map<string, ProjectedFile>): void => {
    for (const [path, file] of more) files.set(path, file);
  };
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) add(await fromConfigMap(deps, configMap.name ?? '', configMap, configMap.defaultMode));
  else if (secret !== undefined) add(await fromSecret(deps, secret.secretName ?? '', secret, secret.defaultMode));
  else if (downwardAPI !== undefined) add(fromDownward(deps, downwardAPI.items ?? [], downwardAPI.defaultMode));
  else if (projected !== undefined) {
    let refreshMs: number | undefined;
    for (const source of projected.sources ?? []) {
      const mode = projected.defaultMode;
      if (source.configMap !== undefined) add(await fromConfigMap(deps, source.configMap.name ?? '', source.configMap, mode));
      else if (source.secret !== undefined) add(await fromSecret(deps, source.secret.name ?? '', source.secret, mode));
      else if (source.downwardAPI !== undefined) add(fromDownward(deps, source.downwardAPI.items ?? [], mode));
      else if (source.serviceAccountToken !== undefined && deps.tokens !== undefined) {
        const { path, audience, expirationSeconds } = source.serviceAccountToken;
        const token = await deps.tokens.token(deps.state.pod, audience, expirationSeconds ?? 3600);
        const owner = soleUser(deps.state);
        const restricted = owner !== undefined || deps.state.pod.spec?.securityContext?.fsGroup !== undefined;
        files.set(path, {
          data: Buffer.from(token.token),
          mode: restricted ? 0o600 : (mode ?? defaultMode),
          ...(owner === undefined ? {} : { uid: owner }),
        });
        refreshMs = Math.min(refreshMs ?? Number.POSITIVE_INFINITY, token.refreshMs);
      } else if (source.clusterTrustBundle !== undefined && source.clusterTrustBundle.optional !== true) {
        throw new VolumeError(`clustertrustbundle ${JSON.stringify(source.clusterTrustBundle.name ?? '')} not found`);
      }
    }
    return { files, refreshMs };
  } else return undefined;
  return { files, refreshMs: undefined };
}

interface Selection {
  items?: KeyToPath[];
  optional?: boolean;
}

async function fromConfigMap(
  { context, state }: PayloadContext,
  name: string,
  selection: Selection,
  mode: number | undefined,
): Promise<Map<string, ProjectedFile>> {
  const found: ConfigMap | undefined = await context.objects.configMap(state.pod.metadata.namespace ?? '', name);
  if (found === undefined && selection.optional !== true) throw new VolumeError(`configmap ${JSON.stringify(name)} not found`);
  const data = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(found?.data ?? {})) data.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(found?.binaryData ?? {})) data.set(key, Buffer.from(base64, 'base64'));
  return select(data, selection, mode, (key) => `configmap references non-existent config key: ${key}`);
}

async function fromSecret(
  { context, state }: PayloadContext,
  name: string,
  selection: Selection,
  mode: number | undefined,
): Promise<Map<string, ProjectedFile>> {
  const found: Secret | undefined = await context.objects.secret(state.pod.metadata.namespace ?? '', name);
  if (found === undefined && selection.optional !== true) throw new VolumeError(`secret ${JSON.stringify(name)} not found`);
  const data = new Map(Object.entries(found?.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]));
  return select(data, selection, mode, (key) => `references non-existent secret key: ${key}`);
}

function select(
  data: Map<string, Buffer>,
  { items, optional }: Selection,
  mode: number | undefined,
  missing: (key: string) => string,
): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  if (items === undefined || items.length === 0) {
    for (const [key, content] of data) files.set(key, { data: content, mode: mode ?? defaultMode });
    return files;
  }
  for (const item of items) {
    const content = data.get(item.key);
    if (content !== undefined) files.set(item.path, { data: content, mode: item.mode ?? mode ?? defaultMode });
    else if (optional !== true) throw new VolumeError(missing(item.key));
  }
  return files;
}

function fromDownward(
  { context, state, addresses }: PayloadContext,
  items: DownwardAPIVolumeFile[],
  mode: number | undefined,
): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    let value: string | undefined;
    if (fieldRef !== undefined) value = fieldValue(state.pod, fieldRef.fieldPath, addresses);
    else if (resourceFieldRef !== undefined) {
      const container = findContainer(state.pod, resourceFieldRef.containerName ?? '');
      if (container === undefined) throw new VolumeError(`container ${resourceFieldRef.containerName} not found`);
      value = resourceValue(container, resourceFieldRef, context.allocatable);
    }
    if (value === undefined) throw new VolumeError(`unsupported fieldPath: ${fieldRef?.fieldPath ?? resourceFieldRef?.resource ?? ''}`);
    files.set(path, { data: Buffer.from(value), mode: own ?? mode ?? defaultMode });
  }
  return files;
}

/** The user that all containers of a pod run as, where they say so and agree: only it may read the token. */
function soleUser({ pod }: PodState): number | undefined {
  const shared = pod.spec?.securityContext?.runAsUser;
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const users = new Set(containers.map(({ securityContext }) => securityContext?.runAsUser ?? shared));
  const [only] = users;
  return users.size === 1 ? only : undefined;
}
