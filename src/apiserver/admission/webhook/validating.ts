import { isExempt } from '../match/criteria.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { askWebhook, settle, type WebhookServices } from './call.ts';
import { concernOf } from './concern.ts';
import type { Webhook, WebhookConfigurations } from './configurations.ts';

/** Calls validating webhooks side by side; the first refusal in their order is the answer. */
export function validatingWebhooks(services: WebhookServices, configurations: WebhookConfigurations): AdmissionPlugin {
  return {
    name: 'ValidatingAdmissionWebhook',
    validate(attributes, context) {
      const webhooks = configurations.validating();
      if (webhooks.length === 0 || isExempt(attributes)) return;
      return callAll(services, webhooks, attributes, context);
    },
  };
}

async function callAll(
  services: WebhookServices,
  webhooks: readonly Webhook[],
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): Promise<void> {
  const outcomes = await Promise.allSettled(webhooks.map((webhook) => visit(services, webhook, attributes, context)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function visit(
  services: WebhookServices,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): Promise<void> {
  const concern = await concernOf(services, webhook, attributes, context);
  if (concern === undefined) return;
  const { sent, requested } = concern;
  try {
    await askWebhook(services, webhook, attributes, sent, requested, false);
  } catch (thrown) {
    settle(services, webhook, thrown);
  }
}
