import { type KubeObject, parseApiVersion } from '../../api/object.ts';
import { kinds } from '../../api/scheme.ts';
import { ApiError } from '../../api/status.ts';
import type { BoundObjectReference, TokenRequest } from '../../api/types/authentication-v1.ts';
import type { Pod } from '../../api/types/core-v1.ts';
import { invalid, toInvalid } from '../../api/validation/field-error.ts';
import { objectKey } from '../../store/keys.ts';
import { timestamp } from '../../util/clock.ts';
import type { IssueRequest, Tokens } from '../auth/tokens.ts';
import type { Operation } from '../handle.ts';
import { decodeBody, matchNamespace } from '../rest/body.ts';
import { badRequest, type Call } from '../rest/call.ts';
import { attributesFor } from '../rest/create.ts';
import { entryOf } from '../rest/get.ts';

const tokenRequest = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  schema: 'io.k8s.api.authentication.v1.TokenRequest',
};
const defaultSeconds = 3600;
const leastSeconds = 600;
const mostSeconds = 2 ** 32;

/** POST `serviceaccounts/<name>/token` (upstream: TokenREST). */
export function createToken(tokens: Tokens): Operation {
  return async (call) => {
    const { object: account } = await entryOf(call);
    const request = decodeBody<TokenRequest>(call, tokenRequest);
    matchNamespace(call, request);
    const { name } = call.info;
    const asked = request.metadata;
    if (asked.name && asked.name !== name) {
      throw toInvalid(tokenRequest, name, [invalid('metadata.name', asked.name, 'must match the service account name if specified')]);
    }
    const { uid = '' } = account.metadata;
    if (asked.uid && asked.uid !== uid) {
      const problem = `the UID in the token request (${asked.uid}) does not match the UID of the service account (${uid})`;
      throw conflict('TokenRequest', name, problem, tokenRequest.group);
    }
    const seconds = request.spec?.expirationSeconds ?? defaultSeconds;
    const complaint =
      seconds < leastSeconds
        ? 'may not specify a duration less than 10 minutes'
        : seconds > mostSeconds
          ? 'may not specify a duration larger than 2^32 seconds'
          : '';
    if (complaint !== '') throw toInvalid(tokenRequest, '', [invalid('spec.expirationSeconds', seconds, complaint)]);
    const attributes = attributesFor(call, 'CREATE', request, undefined);
    await call.rest.admission.mutate(attributes);
    await call.rest.admission.validate(attributes);
    const issue: IssueRequest = {
      namespace: call.info.namespace,
      serviceAccount: { name, uid },
      ...(await boundTo(call, request.spec?.boundObjectRef)),
      ...(request.spec?.audiences === undefined ? {} : { audiences: request.spec.audiences }),
      expirationSeconds: seconds,
    };
    const status = await tokens.issue(issue);
    const value: TokenRequest = {
      ...request,
      metadata: { ...asked, name, namespace: call.info.namespace, creationTimestamp: timestamp(call.rest.clock) },
      spec: { ...request.spec, audiences: request.spec?.audiences ?? [...tokens.apiAudiences], expirationSeconds: seconds },
      status,
    };
    return { status: 201, body: { kind: 'object', value } };
  };
}

/** The pod, secret or node that the token is to die with, checked to be there. */
async function boundTo(call: Call, ref: BoundObjectReference | undefined): Promise<Pick<IssueRequest, 'pod' | 'secret' | 'node'>> {
  if (ref === undefined) return {};
  const { namespace, name: account } = call.info;
  const asked = `${ref.apiVersion ?? ''} ${ref.kind ?? ''}`;
  if (asked === 'v1 Pod') {
    const pod = (await bound(call, kinds.Pod, ref, namespace)) as Pod;
    if (pod.spec?.serviceAccountName !== account) {
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`,
      );
    }
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodeName === '' ? undefined : await call.rest.store.get(objectKey(kinds.Node, undefined, nodeName));
    return {
      pod: identityOf(pod),
      ...(node === undefined ? {} : { node: identityOf(node.object) }),
    };
  }
  if (asked === 'v1 Secret') return { secret: identityOf(await bound(call, kinds.Secret, ref, namespace)) };
  if (asked === 'v1 Node') return { node: identityOf(await bound(call, kinds.Node, ref, undefined)) };
  const { group, version } = parseApiVersion(ref.apiVersion ?? '');
  throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${ref.kind ?? ''}`);
}

const identityOf = ({ metadata }: KubeObject): { name: string; uid: string } => ({ name: metadata.name ?? '', uid: metadata.uid ?? '' });

async function bound(
  call: Call,
  kind: { group: string; plural: string },
  ref: BoundObjectReference,
  namespace: string | undefined,
): Promise<KubeObject> {
  const name = ref.name ?? '';
  const entry = await call.rest.store.get(objectKey(kind, namespace, name));
  if (entry === undefined) {
    throw new ApiError('NotFound', `${kind.plural} ${JSON.stringify(name)} not found`, { name, kind: kind.plural });
  }
  const { uid } = entry.object.metadata;
  if (ref.uid && ref.uid !== uid) {
    const problem = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(ref.kind ?? '', name, problem);
  }
  return entry.object;
}

/** Named by the kind, not by the resource: so upstream does here. */
function conflict(kind: string, name: string, problem: string, group = ''): ApiError {
  const what = group === '' ? kind : `${kind}.${group}`;
  const details = { name, ...(group === '' ? {} : { group }), kind };
  return new ApiError('Conflict', `Operation cannot be fulfilled on ${what} ${JSON.stringify(name)}: ${problem}`, details);
}
