import { decodeObject } from '../../../api/decode.ts';
import { semanticEqual } from '../../../api/deep-equal.ts';
import { applyDefaults } from '../../../api/defaults/defaults.ts';
import type { KubeObject } from '../../../api/object.ts';
import { changedBy, type Operation } from '../../../api/patch/json-patch.ts';
import { internalError } from '../../../api/status.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Resource } from '../../resources.ts';
import { subresourceFacts } from '../../subresource-facts.ts';
import { convertTo, isExempt } from '../match/criteria.ts';
import type { AdmissionAttributes, AdmissionContext, AdmissionPlugin } from '../plugin.ts';
import { type Pass, reinvocable } from '../reinvocation.ts';
import { askWebhook, settle, type WebhookServices } from './call.ts';
import { concernOf } from './concern.ts';
import type { Webhook, WebhookConfigurations } from './configurations.ts';
import type { ReviewResponse, Sent } from './review.ts';

/** Calls mutating webhooks one after the other, each with what the last one made of the object. */
export function mutatingWebhooks(services: WebhookServices, configurations: WebhookConfigurations): AdmissionPlugin {
  const name = 'MutatingAdmissionWebhook';
  return {
    name,
    mutate(attributes, context) {
      const webhooks = configurations.mutating();
      if (webhooks.length === 0 || isExempt(attributes)) return;
      return reinvocable(name, attributes, async (pass) => {
        for (const webhook of webhooks) await visit(services, webhook, attributes, context, pass);
      });
    },
  };
}

async function visit(
  services: WebhookServices,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
  pass: Pass,
): Promise<void> {
  const concern = await concernOf(services, webhook, attributes, context);
  if (concern === undefined) return;
  const { sent, requested } = concern;
  if (!pass.due(webhook.id)) return;
  let changed = false;
  try {
    const response = await askWebhook(services, webhook, attributes, sent, requested, true);
    changed = await applyResponse(webhook, attributes, sent, requested, response);
  } catch (thrown) {
    settle(services, webhook, thrown);
  }
  if (changed) pass.changed();
  if (webhook.spec.reinvocationPolicy === 'IfNeeded') pass.called(webhook.id);
}

/** Lays the webhook's patch over the request's object; whether that altered it. */
async function applyResponse(
  { spec }: Webhook,
  attributes: AdmissionAttributes,
  { resource, object }: Sent,
  requested: Resource,
  { patch, patchType }: ReviewResponse,
): Promise<boolean> {
  const operations = operationsOf(patch, patchType, spec.name);
  if (operations.length === 0) return false;
  if (object === undefined || attributes.object === undefined) {
    throw internalError(
      `admission webhook ${JSON.stringify(spec.name)} attempted to modify the object, which is not supported for this operation`,
    );
  }
  const next = patched(attributes, resource, object, operations);
  const back = await convertTo(resource, requested, next);
  const changed = !semanticEqual(back, attributes.object);
  if (changed) replaceObject(attributes.object, back);
  return changed;
}

function operationsOf(patch: string | undefined, patchType: string | undefined, name: string): Operation[] {
  if (patch === undefined || patch === '') return [];
  if (patchType !== 'JSONPatch') throw internalError(`webhook returned unknown response.patchType ${JSON.stringify(patchType)}: ${name}`);
  try {
    const operations: unknown = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
    if (!Array.isArray(operations)) throw new TypeError('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    for (const operation of operations)
      if (typeof operation !== 'object' || operation === null) throw new TypeError(notAnOperation(operation));
    return operations as Operation[];
  } catch (thrown) {
    throw internalError(messageOf(thrown));
  }
}

const notAnOperation = (given: unknown): string =>
  `json: cannot unmarshal ${typeof given === 'boolean' ? 'bool' : typeof given} into Go value of type jsonpatch.Operation`;

function patched(attributes: AdmissionAttributes, resource: Resource, object: KubeObject, operations: Operation[]): KubeObject {
  let raw: unknown;
  try {
    raw = changedBy(structuredClone(object), operations);
  } catch (thrown) {
    throw internalError(messageOf(thrown));
  }
  return finished(attributes, resource, raw);
}

/** A changed object, decoded and defaulted like one that came with a request. Throws 500 for what does not decode. */
export function finished(attributes: AdmissionAttributes, resource: Resource, raw: unknown, fieldValidation?: 'Strict'): KubeObject {
  const foreign = attributes.subresource !== '' && subresourceFacts(resource.kind, attributes.subresource).kind !== undefined;
  if (foreign) return raw as KubeObject;
  try {
    const next = decodeObject(resource.kind, raw, fieldValidation === undefined ? {} : { fieldValidation }).object;
    applyDefaults(resource.kind, next);
    return next;
  } catch (thrown) {
    throw internalError(messageOf(thrown).replace(/^.*? cannot be handled as an? \w+: /, ''));
  }
}

/** Makes `object` what `next` is, keeping the identity that the rest of the request holds. */
export function replaceObject(object: KubeObject, next: KubeObject): void {
  for (const field of Object.keys(object)) if (!Object.hasOwn(next, field)) delete (object as unknown as Record<string, unknown>)[field];
  Object.assign(object, next);
}
