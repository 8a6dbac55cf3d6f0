import type { ConfigMap, EnvVarSource, FileKeySelector, Pod, Secret } from '../../api/types/core-v1.ts';
import { messageOf } from '../../util/errors.ts';
import { type KubeletContext, StartError } from '../context.ts';
import { type AnyContainer, findContainer } from '../pod/pod.ts';
import { fieldValue, type PodAddresses, resourceValue } from './downward.ts';
import { variableOfFile } from './env-file.ts';
import { expand } from './expand.ts';
import { serviceVariables } from './service-env.ts';

const configError = (message: string): StartError => new StartError('CreateContainerConfigError', message);
const decode = (base64: string): string => Buffer.from(base64, 'base64').toString();

/**
 * A container's environment (makeEnvironmentVariables): envFrom, then env in order with `$(VAR)` expanded from what came
 * before, then the Services' variables that nothing has overridden. Throws CreateContainerConfigError.
 */
export async function environmentOf(
  context: KubeletContext,
  pod: Pod,
  container: AnyContainer,
  addresses: PodAddresses,
): Promise<Map<string, string>> {
  const namespace = pod.metadata.namespace ?? '';
  const links = serviceVariables(context.services, pod);
  const result = new Map<string, string>();
  const configMap = (name: string): Promise<ConfigMap | undefined> => context.objects.configMap(namespace, name);
  const secret = (name: string): Promise<Secret | undefined> => context.objects.secret(namespace, name);

  for (const source of container.envFrom ?? []) {
    const put = (key: string, value: string): void => void result.set(`${source.prefix ?? ''}${key}`, value);
    if (source.configMapRef !== undefined) {
      const { name = '', optional } = source.configMapRef;
      const found = await configMap(name);
      if (found === undefined && optional !== true) throw configError(`configmap "${name}" not found`);
      for (const [key, value] of Object.entries(found?.data ?? {})) put(key, value);
    } else if (source.secretRef !== undefined) {
      const { name = '', optional } = source.secretRef;
      const found = await secret(name);
      if (found === undefined && optional !== true) throw configError(`secret "${name}" not found`);
      for (const [key, value] of Object.entries(found?.data ?? {})) put(key, decode(value));
    }
  }

  async function valueFrom(source: EnvVarSource): Promise<string | undefined> {
    if (source.fieldRef !== undefined) {
      const value = fieldValue(pod, source.fieldRef.fieldPath, addresses);
      if (value === undefined) throw configError(`unsupported fieldPath: ${source.fieldRef.fieldPath}`);
      return value;
    }
    if (source.resourceFieldRef !== undefined) {
      const reference = source.resourceFieldRef;
      const of =
        reference.containerName === undefined || reference.containerName === '' ? container : findContainer(pod, reference.containerName);
      if (of === undefined) throw configError(`container ${reference.containerName} not found`);
      const value = resourceValue(of, reference, context.allocatable);
      if (value === undefined) throw configError(`unsupported container resource : ${reference.resource}`);
      return value;
    }
    const { configMapKeyRef, secretKeyRef } = source;
    if (configMapKeyRef !== undefined) {
      const { name = '', key, optional } = configMapKeyRef;
      const found = await configMap(name);
      const value = found?.data?.[key];
      if (value !== undefined || optional === true) return value;
      throw configError(
        found === undefined ? `configmap "${name}" not found` : `couldn't find key ${key} in ConfigMap ${namespace}/${name}`,
      );
    }
    if (secretKeyRef !== undefined) {
      const { name = '', key, optional } = secretKeyRef;
      const found = await secret(name);
      const value = found?.data?.[key];
      if (value !== undefined) return decode(value);
      if (optional === true) return undefined;
      throw configError(found === undefined ? `secret "${name}" not found` : `couldn't find key ${key} in Secret ${namespace}/${name}`);
    }
    if (source.fileKeyRef !== undefined) return fileKey(source.fileKeyRef);
    return undefined;
  }

  async function fileKey({ volumeName, path, key, optional }: FileKeySelector): Promise<string | undefined> {
    // Volumes of simulated nodes hold nothing.
    const volume = context.volumes.mounted(pod.metadata.uid ?? '', volumeName)?.path;
    if (volume === undefined) return undefined;
    const value = await variableOfFile(volume, path, key).catch((thrown: unknown) => {
      throw configError(`failed to parse environment variable file ${JSON.stringify(path)}: ${messageOf(thrown)}`);
    });
    if (value !== undefined || optional === true) return value;
    throw configError(`environment variable key ${JSON.stringify(key)} not found in file ${JSON.stringify(path)}`);
  }

  for (const variable of container.env ?? []) {
    const value =
      variable.valueFrom === undefined || (variable.value ?? '') !== ''
        ? expand(variable.value ?? '', (name) => result.get(name) ?? links.get(name))
        : await valueFrom(variable.valueFrom);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, value);
  return result;
}
