import type { Store } from '../../../store/store.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import type { WebhookServices } from './call.ts';
import { followConfigurations } from './configurations.ts';
import { mutatingWebhooks } from './mutating.ts';
import { validatingWebhooks } from './validating.ts';

/** The plugins that call webhooks. Resolves when the configurations in the store have been read. */
export async function createWebhookPlugins(
  store: Store,
  services: WebhookServices,
): Promise<{ mutating: AdmissionPlugin; validating: AdmissionPlugin }> {
  const configurations = await followConfigurations(store);
  return { mutating: mutatingWebhooks(services, configurations), validating: validatingWebhooks(services, configurations) };
}
