import type { KubeObject } from '../../../api/object.ts';
import { ApiError, internalError, type StatusDetails, type StatusReason } from '../../../api/status.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Logger } from '../../../util/log.ts';
import type { Resource, Resources } from '../../resources.ts';
import type { WebhookClient } from '../../webhook/client.ts';
import { convertTo } from '../match/criteria.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import type { Webhook } from './configurations.ts';
import { type ReviewResponse, reviewOf, type Sent, verified } from './review.ts';

export interface WebhookServices {
  client: WebhookClient;
  resources: Resources;
  log: Logger;
}

/** Upstream's default for webhooks stored without one. */
const defaultTimeoutSeconds = 10;

/** The webhook could not be asked, or its answer made no sense: the failure policy decides. */
export class CallError extends Error {}

/** The request as the webhook's rules want to see it. */
export async function sentAs(resource: Resource, requested: Resource, attributes: AdmissionAttributes): Promise<Sent> {
  const { object, oldObject } = attributes;
  if (resource === requested || resource.kind === requested.kind) return { resource, object, oldObject };
  const convert = (state: KubeObject | undefined): Promise<KubeObject | undefined> => convertTo(requested, resource, state);
  return { resource, object: await convert(object), oldObject: await convert(oldObject) };
}

/** Asks one webhook. Throws `CallError`, or the refusal that goes to the caller. */
export async function askWebhook(
  { client }: WebhookServices,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  sent: Sent,
  requested: Resource,
  mutating: boolean,
): Promise<ReviewResponse> {
  const { spec } = webhook;
  if (attributes.dryRun && spec.sideEffects !== 'None' && spec.sideEffects !== 'NoneOnDryRun') {
    throw new ApiError('BadRequest', `admission webhook ${JSON.stringify(spec.name)} does not support dry run`);
  }
  const failed = (what: string, thrown: unknown): CallError =>
    new CallError(`failed calling webhook ${JSON.stringify(spec.name)}: ${what}: ${messageOf(thrown)}`);
  const prepare = () => {
    try {
      return reviewOf(attributes, sent, requested, spec.admissionReviewVersions);
    } catch (thrown) {
      throw failed('could not create admission objects', thrown);
    }
  };
  const review = prepare();
  let answer: unknown;
  try {
    answer = await client.post({
      config: spec.clientConfig,
      body: review,
      timeoutSeconds: spec.timeoutSeconds ?? defaultTimeoutSeconds,
      ...(attributes.signal === undefined ? {} : { signal: attributes.signal() }),
    });
  } catch (thrown) {
    throw failed('failed to call webhook', thrown);
  }
  let response: ReviewResponse;
  try {
    response = verified(review, answer, mutating);
  } catch (thrown) {
    throw failed('received invalid webhook response', thrown);
  }
  for (const text of response.warnings ?? []) attributes.warn?.(text);
  if (response.allowed !== true) throw refusal(spec.name, response.status ?? {});
  return response;
}

/** Upstream: webhook/errors.ToStatusErr. */
function refusal(name: string, status: NonNullable<ReviewResponse['status']>): ApiError {
  const denied = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = status.message || status.reason || '';
  const code = status.code ?? 0;
  const message = why === '' ? `${denied} without explanation` : `${denied}: ${why}`;
  return new ApiError(
    (status.reason ?? '') as StatusReason | '',
    message,
    status.details as StatusDetails | undefined,
    code < 400 ? 400 : code,
  );
}

/** What the failure policy makes of a webhook that could not be asked: nothing, or the 500 for the caller. */
export function settle({ log }: WebhookServices, { spec }: Webhook, thrown: unknown): void {
  if (!(thrown instanceof CallError)) throw thrown;
  if (spec.failurePolicy === 'Ignore') {
    log.warn(`${thrown.message}; failing open`);
    return;
  }
  throw internalError(thrown.message);
}
