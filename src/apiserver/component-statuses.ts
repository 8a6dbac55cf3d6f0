import { kinds } from '../api/scheme.ts';
import type { ComponentStatus } from '../api/types/core-v1.ts';
import type { Operation } from './handle.ts';
import { notFound } from './rest/call.ts';

/** `componentstatuses`: an old view of the control plane's health. All parts run in this process, so what answers is healthy. */
export function componentStatusOperations(storeHealth: () => Promise<string | undefined>): Record<string, Operation> {
  const parts: Record<string, () => Promise<string | undefined>> = {
    'controller-manager': async () => undefined,
    'etcd-0': storeHealth,
    scheduler: async () => undefined,
  };
  const statusOf = async (name: string, fault: string | undefined): Promise<ComponentStatus> => ({
    kind: kinds.ComponentStatus.kind,
    apiVersion: 'v1',
    metadata: { name },
    conditions: [
      fault === undefined
        ? { type: 'Healthy', status: 'True', message: 'ok' }
        : { type: 'Healthy', status: 'False', message: '', error: fault },
    ],
  });
  const answer = (value: unknown): Awaited<ReturnType<Operation>> => ({ status: 200, body: { kind: 'object', value } });
  return {
    async list() {
      const items = await Promise.all(Object.entries(parts).map(async ([name, check]) => statusOf(name, await check())));
      return answer({ kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items });
    },
    async get(call) {
      const { name } = call.info;
      const check = Object.hasOwn(parts, name) ? parts[name] : undefined;
      if (check === undefined) throw notFound(call);
      return answer(await statusOf(name, await check()));
    },
  };
}
