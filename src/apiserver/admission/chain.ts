import type { KubeObject } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { objectKey } from '../../store/keys.ts';
import { type Store, StoreError } from '../../store/store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Authorizer } from '../auth/attributes.ts';
import type { Rbac } from '../auth/rbac.ts';
import { createReads } from '../auth/reads.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { defaultPlugins, pluginsByName } from './plugins.ts';

export interface Admission {
  /** Before defaulting of generated parts and validation: may change `attributes.object`. */
  mutate(attributes: AdmissionAttributes): Promise<void>;
  /** After validation: may only refuse. */
  validate(attributes: AdmissionAttributes): Promise<void>;
  /** Both halves, for requests that have nothing between them (CONNECT, DELETE). */
  admit(attributes: AdmissionAttributes): Promise<void>;
}

export interface AdmissionOptions {
  store: Store;
  clock: Clock;
  authorizer: Authorizer & { rbac: Rbac };
  random?: () => number;
  /** Seconds that DefaultTolerationSeconds gives. Default: 300. */
  defaultTolerationSeconds?: number;
  /** Plugins to run besides the default ones, and default ones not to run; upstream's names. */
  enable?: readonly string[];
  disable?: readonly string[];
  /** Plugins from elsewhere (webhooks, policies), run before ResourceQuota as upstream orders them. */
  further?: readonly AdmissionPlugin[];
}

/** Reviews are questions, not objects: no plugin has a say in them. */
const unadmitted = new Set(
  [
    kinds.TokenReview,
    kinds.SelfSubjectReview,
    kinds.SelfSubjectAccessReview,
    kinds.SelfSubjectRulesReview,
    kinds.SubjectAccessReview,
    kinds.LocalSubjectAccessReview,
  ].map(({ plural }) => plural),
);

/** The plugins in upstream's order (`pkg/kubeapiserver/options/plugins.go`). The first refusal ends the request. */
export function createAdmission(options: AdmissionOptions): Admission {
  const { store, enable = [], disable = [], further = [] } = options;
  const chosen = pluginsByName.filter(({ name }) => (defaultPlugins.has(name) || enable.includes(name)) && !disable.includes(name));
  const quota = chosen.findIndex(({ name }) => name === 'ResourceQuota');
  const plugins = quota < 0 ? [...chosen, ...further] : chosen.toSpliced(quota, 0, ...further);
  const context: AdmissionContext = {
    ...createReads(store),
    clock: options.clock,
    authorizer: options.authorizer,
    rbac: options.authorizer.rbac,
    random: options.random ?? Math.random,
    defaultTolerationSeconds: options.defaultTolerationSeconds ?? 300,
    updateStatus: (kind, object) => compareAndSet(store, objectKey(kind, object.metadata.namespace, object.metadata.name ?? ''), object),
  };
  const run = async (half: 'mutate' | 'validate', attributes: AdmissionAttributes): Promise<void> => {
    if (unadmitted.has(attributes.kind.plural)) return;
    for (const plugin of plugins) {
      const pending = plugin[half]?.(attributes, context);
      if (pending !== undefined) await pending;
    }
  };
  const mutate = async (attributes: AdmissionAttributes): Promise<void> => {
    await run('mutate', attributes);
    // What webhooks and policies changed is put before the built-in plugins once more (upstream: admission/reinvocation.go).
    if (attributes.reinvocation?.wanted !== true) return;
    attributes.reinvocation.again = true;
    await run('mutate', attributes);
  };
  return {
    mutate,
    validate: (attributes) => run('validate', attributes),
    async admit(attributes) {
      await mutate(attributes);
      await run('validate', attributes);
    },
  };
}

async function compareAndSet(store: Store, key: string, object: KubeObject): Promise<boolean> {
  try {
    await store.update(key, object, Number(object.metadata.resourceVersion));
    return true;
  } catch (error) {
    if (error instanceof StoreError && (error.code === 'conflict' || error.code === 'missing')) return false;
    throw error;
  }
}
