import { kinds } from '../../../api/scheme.ts';
import type { MutatingWebhook, ValidatingWebhook } from '../../../api/types/admissionregistration-v1.ts';
import type { Store } from '../../../store/store.ts';
import { follow } from '../../auth/follow.ts';
import { type CompiledCondition, compileConditions } from '../cel/conditions.ts';
import { type Criteria, criteriaOf } from '../match/criteria.ts';

/** One webhook of one configuration. */
export interface Webhook {
  /** Tells webhooks of the same name in several configurations apart. */
  id: string;
  configuration: string;
  spec: MutatingWebhook & ValidatingWebhook;
  criteria: Criteria;
  conditions: readonly CompiledCondition[];
}

export interface WebhookConfigurations {
  /** In the order that they are called: by the configuration's name, then as listed there. */
  mutating(): readonly Webhook[];
  validating(): readonly Webhook[];
}

/** Resolves when the present configurations have been read; follows them from then on. */
export async function followConfigurations(store: Store): Promise<WebhookConfigurations> {
  const [mutating, validating] = await Promise.all([
    followed(store, kinds.MutatingWebhookConfiguration),
    followed(store, kinds.ValidatingWebhookConfiguration),
  ]);
  return { mutating, validating };
}

type ConfigurationKind = typeof kinds.MutatingWebhookConfiguration | typeof kinds.ValidatingWebhookConfiguration;

async function followed(store: Store, kind: ConfigurationKind): Promise<() => readonly Webhook[]> {
  const byName = new Map<string, Webhook[]>();
  let all: readonly Webhook[] = [];
  const rebuild = (): void => {
    all = [...byName.keys()].sort().flatMap((name) => byName.get(name) ?? []);
  };
  await follow(store, kind, {
    set({ metadata, webhooks }) {
      byName.set(metadata.name ?? '', webhooksOf(metadata.name ?? '', webhooks ?? []));
      rebuild();
    },
    remove({ metadata }) {
      byName.delete(metadata.name ?? '');
      rebuild();
    },
  });
  return () => all;
}

const webhooksOf = (configuration: string, specs: readonly (MutatingWebhook | ValidatingWebhook)[]): Webhook[] =>
  specs.map((spec) => ({
    id: `${configuration}/${spec.name}`,
    configuration,
    spec,
    criteria: criteriaOf({ ...spec, resourceRules: spec.rules ?? [] }),
    conditions: compileConditions(spec.matchConditions, {}),
  }));
