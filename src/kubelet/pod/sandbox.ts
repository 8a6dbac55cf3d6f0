import { mkdir, writeFile } from 'node:fs/promises';
import { kinds } from '../../api/scheme.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import type { RuntimeClass } from '../../api/types/node-v1.ts';
import { messageOf } from '../../util/errors.ts';
import { dnsOf, hostDns } from '../containers/dns.ts';
import { hostsFile, visibleHostname } from '../containers/hosts.ts';
import { hostsPath, podDir } from '../containers/paths.ts';
import type { KubeletContext, PodState } from '../context.ts';
import { type PodSandbox, type PodSandboxConfig, runtimeLabels } from '../runtime/runtime.ts';
import { sysctlsOf } from './sysctls.ts';

/** Starts a pod's sandbox. Its failure is told by an event FailedCreatePodSandBox and thrown. */
export async function createSandbox(context: KubeletContext, state: PodState, attempt: number): Promise<PodSandbox> {
  const { pod } = state;
  try {
    const sandbox = await context.runtime.runPodSandbox(await sandboxConfig(context, pod, attempt));
    await writeHosts(context, pod, sandbox.ip);
    return sandbox;
  } catch (thrown) {
    context.recorder.event(pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(thrown)}`);
    throw thrown;
  }
}

/** Writes the file that the pod's containers see as /etc/hosts. */
export async function writeHosts(context: KubeletContext, pod: Pod, ip: string): Promise<void> {
  if (context.podsDir === undefined) return;
  const uid = pod.metadata.uid ?? '';
  const ips = pod.spec?.hostNetwork === true ? [context.nodeIP] : [ip];
  await mkdir(podDir(context.podsDir, uid), { recursive: true });
  await writeFile(hostsPath(context.podsDir, uid), await hostsFile(pod, ips, context.clusterDomain, context.nodeName));
}

/** What the pod's RuntimeClass has the runtime do: empty is its default. */
async function runtimeHandler({ client }: KubeletContext, { spec }: Pod): Promise<string> {
  const name = spec?.runtimeClassName ?? '';
  return name === '' ? '' : (await client.get<RuntimeClass>(kinds.RuntimeClass, name)).handler;
}

async function sandboxConfig(context: KubeletContext, pod: Pod, attempt: number): Promise<PodSandboxConfig> {
  const { metadata, spec } = pod;
  const host = context.podsDir === undefined ? { nameservers: [], searches: [], options: [] } : await hostDns();
  return {
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    attempt,
    hostname: visibleHostname(pod, context.clusterDomain, context.nodeName),
    labels: {
      ...metadata.labels,
      [runtimeLabels.podName]: metadata.name ?? '',
      [runtimeLabels.podNamespace]: metadata.namespace ?? '',
      [runtimeLabels.podUid]: metadata.uid ?? '',
    },
    annotations: { ...metadata.annotations },
    hostNetwork: spec?.hostNetwork ?? false,
    hostPID: spec?.hostPID ?? false,
    hostIPC: spec?.hostIPC ?? false,
    shareProcessNamespace: spec?.shareProcessNamespace ?? false,
    dns: dnsOf(pod, { dns: context.clusterDNS, domain: context.clusterDomain }, host),
    hostAliases: (spec?.hostAliases ?? []).map(({ ip, hostnames = [] }) => ({ ip, hostnames })),
    sysctls: sysctlsOf(pod),
    runtimeHandler: await runtimeHandler(context, pod),
  };
}
