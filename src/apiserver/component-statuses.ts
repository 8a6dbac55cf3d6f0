import { kinds } from '../api/scheme.ts';
import type { ComponentStatus } from '../api/types/core-v1.ts';
import type { Operation } from './handle.ts';
import { type Call, notFound } from './rest/call.ts';

/** What clients are told with every answer, as upstream. */
const deprecated = 'v1 ComponentStatus is deprecated in v1.19+';

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
  const answer = (call: Call, value: unknown): Awaited<ReturnType<Operation>> => {
    call.warnings.push(deprecated);
    return { status: 200, body: { kind: 'object', value } };
  };
  return {
    async list(call) {
      const items = await Promise.all(Object.entries(parts).map(async ([name, check]) => statusOf(name, await check())));
      return answer(call, { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items });
    },
    async get(call) {
      const { name } = call.info;
      const check = Object.hasOwn(parts, name) ? parts[name] : undefined;
      if (check === undefined) throw notFound(call);
      return answer(call, await statusOf(name, await check()));
    },
  };
}
