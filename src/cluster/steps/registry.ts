import { kinds } from '../../api/scheme.ts';
import { isAlreadyExists } from '../../api/status.ts';
import { localRegistryHosting, registryOfNode } from '../registry.ts';
import type { Step } from '../run-steps.ts';
import { answers } from '../wait/answers.ts';
import { made } from './state.ts';
import type { Usable } from './usable.ts';

/** Waits for the registry, and tells of it in the API unless someone has told of another one there. */
export const registryStep: Step<Usable> = {
  id: 'registry',
  label: 'Wait for the registry',
  needs: ['api'],
  async run({ context, missing, reach }, signal) {
    const { client, controlPlane } = made(reach, 'reach');
    const registry = made(registryOfNode(controlPlane), 'registry');
    await answers({ context, signal, missing }, 'registry', `http://${registry.host}/v2/`);
    await client.create(kinds.ConfigMap, localRegistryHosting(registry)).catch((thrown: unknown) => {
      if (!isAlreadyExists(thrown)) throw thrown;
    });
  },
};
