import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../api/decode-state.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import type { WebhookConversion } from '../../api/types/apiextensions-v1.ts';
import type { ObjectMeta } from '../../api/types/meta-v1.ts';
import { annotations, labels } from '../../api/validation/common.ts';
import { errorText } from '../../api/validation/field-error.ts';
import { messageOf } from '../../util/errors.ts';
import type { WebhookClient } from '../webhook/client.ts';

export type WebhookPost = WebhookClient['post'];

/** Upstream: webhookConverterFactory's timeout. */
const timeoutSeconds = 30;
const known = ['v1', 'v1beta1'];

interface Answer {
  kind?: string;
  apiVersion?: string;
  response?: { uid?: string; result?: { status?: string; message?: string }; convertedObjects?: unknown[] };
}

/** Asks a conversion webhook with one ConversionReview for all objects. Throws a 500 that says what the webhook did wrong. */
export async function convertByWebhook(
  { clientConfig = {}, conversionReviewVersions }: WebhookConversion,
  objects: readonly KubeObject[],
  to: Kind,
  post: WebhookPost,
): Promise<readonly KubeObject[]> {
  const desired = apiVersionOf(to);
  const version = conversionReviewVersions.find((one) => known.includes(one));
  const fail = (what: string): ApiError => {
    // A plain error upstream: the Status has neither reason nor details.
    return new ApiError('', `conversion webhook for ${objects[0]?.apiVersion ?? ''}, Kind=${to.kind} ${what}`);
  };
  if (version === undefined) throw fail(`failed: no supported conversion review versions in ${JSON.stringify(conversionReviewVersions)}`);
  const uid = randomUUID();
  const review = {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${version}`,
    request: { uid, desiredAPIVersion: desired, objects },
  };
  let answer: Answer;
  try {
    answer = (await post({ config: clientConfig, body: review, timeoutSeconds })) as Answer;
  } catch (thrown) {
    throw fail(`failed: ${messageOf(thrown)}`);
  }
  if (version === 'v1' && (answer?.kind !== review.kind || answer.apiVersion !== review.apiVersion)) {
    const got = `${answer?.apiVersion ?? '/'}, Kind=${answer?.kind ?? ''}`;
    throw fail(`failed: expected webhook response of ${review.apiVersion}, Kind=ConversionReview, got ${got}`);
  }
  const { response } = answer ?? {};
  if (response === undefined || response === null) throw fail('failed: no response provided');
  if (version === 'v1' && response.uid !== uid)
    throw fail(`failed: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const { status = '', message = '' } = response.result ?? {};
  if (status !== 'Success') throw fail(`failed: ${message === '' ? `response.result.status was '${status}', not 'Success'` : message}`);
  const converted = response.convertedObjects ?? [];
  if (converted.length !== objects.length) throw fail(`returned ${converted.length} objects, expected ${objects.length}`);
  return converted.map((object, index) => accepted(object, objects[index] as KubeObject, { desired, kind: to.kind, fail }));
}

interface Wanted {
  desired: string;
  kind: string;
  fail(what: string): ApiError;
}

/** A webhook may change labels and annotations, and nothing else of the metadata. */
function accepted(given: unknown, original: KubeObject, { desired, kind, fail }: Wanted): KubeObject {
  if (!isObject(given) || typeof given.kind !== 'string' || given.kind === '') {
    throw new ApiError('', `Object 'Kind' is missing in '${JSON.stringify(given)}'`);
  }
  const object = given as unknown as KubeObject;
  const atFirst = (text: string): ApiError => fail(`returned invalid object at index 0: ${text}`);
  if (object.apiVersion !== desired) throw atFirst(`invalid groupVersion (expected ${desired}, received ${object.apiVersion ?? ''})`);
  if (object.kind !== kind) throw atFirst(`invalid kind (expected ${kind}, received ${object.kind})`);
  const metadata: unknown = object.metadata;
  for (const part of ['name', 'namespace', 'uid'] as const) {
    const [before = '', after = ''] = [original.metadata[part], isObject(metadata) ? (metadata[part] as string) : ''];
    const word = part === 'uid' ? 'UID' : part;
    if (before !== after) throw fail(`returned invalid object: must have the same ${word}: ${before} != ${after}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  try {
    return { ...object, metadata: { ...kept, ...markings(metadata as ObjectMeta, original.metadata) } };
  } catch (thrown) {
    throw fail(`returned invalid metadata: ${messageOf(thrown)}`);
  }
}

function markings(metadata: ObjectMeta, original: ObjectMeta): Pick<ObjectMeta, 'labels' | 'annotations'> {
  const kept: Pick<ObjectMeta, 'labels' | 'annotations'> = {};
  for (const part of ['labels', 'annotations'] as const) {
    const values = metadata[part];
    if (values === undefined || values === null) continue;
    if (!isObject(values)) throw new Error(`invalid metadata.${part} of type ${goType(values)} in converted object`);
    for (const [key, value] of Object.entries(values)) {
      if (typeof value === 'string') continue;
      throw new Error(`metadata.${part}[${key}] must be a string, but is ${goType(value)} in converted object`);
    }
    if (!isDeepStrictEqual(values, original[part] ?? {})) {
      const errors = part === 'labels' ? labels('metadata.labels', values) : annotations('metadata.annotation', values);
      const texts = [...errors].map(errorText);
      if (texts.length > 0) throw new Error(texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`);
    }
    kept[part] = values;
  }
  return kept;
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (value === null) return '<nil>';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'map[string]interface {}';
}
