import type { Resource } from '../../resources.ts';
import { conditionsHold } from '../cel/conditions.ts';
import { evaluationOf } from '../cel/evaluation.ts';
import { type AdmissionAttributes, type AdmissionContext, admissionForbidden } from '../plugin.ts';
import type { Webhook } from './configurations.ts';
import type { Sent } from './review.ts';

/** Whether a webhook's matchConditions let it be called. Throws 403 when they cannot be evaluated and the webhook must not be missed. */
export async function isWanted(
  { spec, conditions }: Webhook,
  attributes: AdmissionAttributes,
  sent: Sent,
  requested: Resource,
  context: AdmissionContext,
): Promise<boolean> {
  if (conditions.length === 0) return true;
  const outcome = await conditionsHold(conditions, evaluationOf(attributes, sent, requested, context.authorizer));
  if (typeof outcome === 'boolean') return outcome;
  if (spec.failurePolicy === 'Ignore') return false;
  throw admissionForbidden(attributes, outcome.error);
}
