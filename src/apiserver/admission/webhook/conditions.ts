import type { ApiError } from '../../../api/status.ts';
import type { Resource } from '../../resources.ts';
import { type AdmissionAttributes, type AdmissionContext, admissionForbidden } from '../plugin.ts';
import type { Webhook } from './configurations.ts';
import type { Sent } from './review.ts';

/** Whether all of a webhook's matchConditions hold. */
export async function conditionsHold(
  { spec }: Webhook,
  attributes: AdmissionAttributes,
  _sent: Sent,
  _requested: Resource,
  _context: AdmissionContext,
): Promise<boolean> {
  if ((spec.matchConditions ?? []).length === 0) return true;
  if (spec.failurePolicy === 'Ignore') return false;
  throw admissionForbidden(attributes, 'expressions are not evaluated yet') satisfies ApiError;
}
