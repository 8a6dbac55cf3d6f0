import type { Resource } from '../../resources.ts';
import { conditionsHold } from '../cel/conditions.ts';
import { evaluationOf } from '../cel/evaluation.ts';
import { matchRequest } from '../match/criteria.ts';
import { type AdmissionAttributes, type AdmissionContext, admissionForbidden } from '../plugin.ts';
import { sentAs, type WebhookServices } from './call.ts';
import type { Webhook } from './configurations.ts';
import type { Sent } from './review.ts';

/** A request in the form in which a webhook is to see it, and the resource that the request named. */
export interface Concern {
  sent: Sent;
  requested: Resource;
}

/**
 * Whether the request concerns the webhook: by its rules, selectors and matchConditions. Throws 403 when the conditions
 * cannot be evaluated and the webhook must not be missed.
 */
export async function concernOf(
  { resources }: WebhookServices,
  { spec, criteria, conditions }: Webhook,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): Promise<Concern | undefined> {
  const { kind } = attributes;
  const resource = await matchRequest(criteria, attributes, context, resources);
  if (resource === undefined) return undefined;
  const requested = resources.find(kind.group, kind.version, kind.plural) ?? resource;
  const sent = await sentAs(resource, requested, attributes);
  if (conditions.length === 0) return { sent, requested };
  const outcome = await conditionsHold(conditions, evaluationOf(attributes, sent, requested, context.authorizer));
  if (outcome === true) return { sent, requested };
  if (outcome === false || spec.failurePolicy === 'Ignore') return undefined;
  throw admissionForbidden(attributes, outcome.error);
}
