import { kinds } from '../../api/scheme.ts';
import type { Container, Pod } from '../../api/types/core-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nearest, someOf } from '../text.ts';
import type { World } from '../world.ts';
import { containersOf, isOnNode } from './containers.ts';

type Source = 'ConfigMap' | 'Secret';
interface Reference {
  source: Source;
  name: string;
  /** The key that must be in it. */
  key?: string;
  /** Where the pod names it. */
  used: string;
}

/** ConfigMaps, Secrets and keys that the pod's containers and volumes need and that are not there. */
export async function podConfig(pod: Pod, world: World): Promise<readonly Finding[]> {
  const waits = containersOf(pod).some(({ status }) => status.state?.waiting !== undefined) || pod.status?.containerStatuses === undefined;
  if (!isOnNode(pod) || !waits) return [];
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const reference of referencesOf(pod)) {
    const problem = await problemOf(reference, pod, world);
    if (problem === undefined || told.has(problem.message)) continue;
    told.add(problem.message);
    findings.push(problem);
  }
  return findings;
}

async function problemOf({ source, name, key, used }: Reference, pod: Pod, world: World): Promise<Finding | undefined> {
  const namespace = pod.metadata.namespace ?? '';
  const kind = source === 'ConfigMap' ? kinds.ConfigMap : kinds.Secret;
  const found = await world.get<{ metadata: object; data?: Record<string, string>; binaryData?: Record<string, string> }>(
    kind,
    name,
    namespace,
  );
  const about = {
    object: refOf(kinds.Pod, pod),
    code: 'CONFIG_MISSING',
    severity: 'error',
    evidence: [fact(`It is named in ${used}.`)],
  } as const;
  const create = `kubectl create ${source === 'ConfigMap' ? 'configmap' : 'secret generic'} ${name} -n ${namespace} --from-literal=${key ?? 'KEY'}=VALUE`;
  if (found === undefined) {
    const all = (await world.list(kind, namespace)).map(({ metadata }) => metadata.name ?? '');
    const near = nearest(name, all);
    const message = `Pod ${pod.metadata.name} cannot start: there is no ${source} ${name} in namespace ${namespace}.`;
    return { ...about, message, fix: [...near.map((other) => `is it a misspelling of ${other}?`), create] };
  }
  const keys = [...Object.keys(found.data ?? {}), ...Object.keys(found.binaryData ?? {})];
  if (key === undefined || keys.includes(key)) return undefined;
  const near = nearest(key, keys);
  const message = `Pod ${pod.metadata.name} cannot start: ${source} ${name} has no key ${key}.`;
  return {
    ...about,
    message,
    evidence: [...about.evidence, fact(keys.length === 0 ? 'It has no keys.' : `Its keys are ${someOf(keys, 6)}.`)],
    fix: [
      ...near.map((other) => `is it a misspelling of ${other}?`),
      `add the key: kubectl edit ${source.toLowerCase()} ${name} -n ${namespace}`,
    ],
  };
}

function referencesOf({ spec }: Pod): Reference[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return [...containers.flatMap(ofContainer), ...ofVolumes(spec)];
}

function ofContainer({ name: container, env = [], envFrom = [] }: Container): Reference[] {
  const references: Reference[] = [];
  const add = (source: Source, ref: { name?: string; key?: string; optional?: boolean } | undefined, used: string): void => {
    if (ref?.name === undefined || ref.optional === true) return;
    references.push({ source, name: ref.name, used, ...(ref.key === undefined ? {} : { key: ref.key }) });
  };
  for (const { configMapRef, secretRef } of envFrom) {
    add('ConfigMap', configMapRef, `envFrom of container ${container}`);
    add('Secret', secretRef, `envFrom of container ${container}`);
  }
  for (const { name, valueFrom } of env) {
    add('ConfigMap', valueFrom?.configMapKeyRef, `env ${name} of container ${container}`);
    add('Secret', valueFrom?.secretKeyRef, `env ${name} of container ${container}`);
  }
  return references;
}

function ofVolumes(spec: Pod['spec']): Reference[] {
  const references: Reference[] = [];
  const add = (
    source: Source,
    name: string | undefined,
    optional: boolean | undefined,
    items: { key: string }[] | undefined,
    volume: string,
  ): void => {
    if (name === undefined || optional === true) return;
    const used = `volume ${volume}`;
    if (items === undefined) references.push({ source, name, used });
    for (const { key } of items ?? []) references.push({ source, name, key, used });
  };
  for (const { name: volume, configMap, secret, projected } of spec?.volumes ?? []) {
    // The cluster's own certificate is made for every namespace; a pod never waits for it for long.
    if (configMap !== undefined) add('ConfigMap', configMap.name, configMap.optional, configMap.items, volume);
    if (secret !== undefined) add('Secret', secret.secretName, secret.optional, secret.items, volume);
    for (const source of projected?.sources ?? []) {
      if (source.configMap !== undefined)
        add('ConfigMap', source.configMap.name, source.configMap.optional, source.configMap.items, volume);
      if (source.secret !== undefined) add('Secret', source.secret.name, source.secret.optional, source.secret.items, volume);
    }
  }
  return references;
}
