import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../api/decode-state.ts';
import type { Kind } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { ApiError } from '../../api/status.ts';
import type { WebhookConversion } from '../../api/types/apiextensions-v1.ts';
import type { ObjectMeta } from '../../api/types/meta-v1.ts';
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
    const text = `conversion webhook for ${objects[0]?.apiVersion ?? ''}, Kind=${to.kind} ${what}`;
    return new ApiError('InternalError', text, { causes: [{ message: text }] });
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
  const { response } = answer ?? {};
  if (response === undefined || response === null) throw fail('failed: no response provided');
  if (version === 'v1' && (answer.kind !== review.kind || answer.apiVersion !== review.apiVersion)) {
    throw fail(
      `failed: expected webhook response of ${review.apiVersion}, Kind=ConversionReview, got ${answer.apiVersion}, Kind=${answer.kind}`,
    );
  }
  if (version === 'v1' && response.uid !== uid)
    throw fail(`failed: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  const { status = '', message = '' } = response.result ?? {};
  if (status !== 'Success') throw fail(`failed: ${message === '' ? `response.result.status was '${status}', not 'Success'` : message}`);
  const converted = response.convertedObjects ?? [];
  if (converted.length !== objects.length) throw fail(`returned ${converted.length} objects, expected ${objects.length}`);
  return converted.map((object, index) => accepted(object, objects[index] as KubeObject, index, { desired, kind: to.kind, fail }));
}

interface Wanted {
  desired: string;
  kind: string;
  fail(what: string): ApiError;
}

/** A webhook may change labels and annotations, and nothing else of the metadata. */
function accepted(given: unknown, original: KubeObject, index: number, { desired, kind, fail }: Wanted): KubeObject {
  const wrong = (text: string): ApiError => fail(`returned invalid converted object at index ${index}: ${text}`);
  if (!isObject(given)) throw wrong('is no object');
  const object = given as unknown as KubeObject;
  if (object.kind !== kind || object.apiVersion !== desired) {
    throw wrong(`invalid groupVersion (wanted: ${desired}, ${kind}, received: ${object.apiVersion}, ${object.kind})`);
  }
  const metadata: ObjectMeta = isObject(object.metadata) ? (object.metadata as ObjectMeta) : {};
  for (const part of ['name', 'namespace', 'uid'] as const) {
    if (!isDeepStrictEqual(metadata[part], original.metadata[part]))
      throw wrong(`must have the same ${part}: ${metadata[part]} != ${original.metadata[part]}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const { labels, annotations } = metadata;
  return {
    ...object,
    metadata: { ...kept, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) },
  };
}
