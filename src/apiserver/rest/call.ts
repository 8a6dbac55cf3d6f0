import type { ApiRequest, ApiResponse } from '../../api/http.ts';
import type { KubeObject } from '../../api/object.ts';
import { ApiError, type StatusDetails } from '../../api/status.ts';
import type { Entry, Store } from '../../store/store.ts';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../util/log.ts';
import type { AdmissionAttributes } from '../admission/plugin.ts';
import type { Authorizer } from '../auth/attributes.ts';
import type { UserInfo } from '../auth/user.ts';
import type { RequestInfo } from '../paths.ts';
import { qualified, type Resource } from '../resources.ts';
import type { WriteHooks } from './hooks.ts';
import { servedObject } from './served.ts';

/** What every REST operation works with; one for the life of the server. */
export interface RestServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** A fresh `metadata.uid`. */
  readonly uid: () => string;
  /** Runs the mutating half, then (after defaulting and validation) the validating half of admission. */
  readonly admission: {
    mutate(attributes: AdmissionAttributes): Promise<void>;
    validate(attributes: AdmissionAttributes): Promise<void>;
  };
  readonly hooks: WriteHooks;
  /** For what an operation turns out to need besides what its path and method say. */
  readonly authorizer: Authorizer;
}

/** One request for one resource, parsed. */
export interface Call {
  readonly rest: RestServices;
  readonly resource: Resource;
  readonly info: RequestInfo;
  readonly request: ApiRequest;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Collected on the way; they become `Warning` headers. */
  readonly warnings: string[];
}

const admitted: RestServices['admission'] = { mutate: async () => undefined, validate: async () => undefined };

/** The same call for writes that follow from one that has been admitted. */
export const withoutAdmission = (call: Call): Call => ({ ...call, rest: { ...call.rest, admission: admitted } });

/** The namespace that keys use: none for cluster-scoped kinds, though `/namespaces/x` counts as in `x` for authorization. */
export const scopeOf = (call: Call): string | undefined => (call.resource.kind.namespaced ? call.info.namespace : undefined);

/** Turns a stored entry into an answer's body; the stored bytes are reused unless the form differs. */
export function objectResponse(
  call: Call,
  entry: Pick<Entry, 'object'> & { json?: Buffer },
  status = 200,
): ApiResponse | Promise<ApiResponse> {
  return call.resource.convert === undefined ? storedResponse(entry, status) : convertedResponse(call, entry, status);
}

async function convertedResponse(call: Call, entry: Pick<Entry, 'object'> & { json?: Buffer }, status: number): Promise<ApiResponse> {
  const object = await servedObject(call.resource, entry.object);
  return storedResponse(object === entry.object ? entry : { object }, status);
}

function storedResponse(entry: Pick<Entry, 'object'> & { json?: Buffer }, status: number): ApiResponse {
  return { status, body: { kind: 'object', value: entry.object, ...(entry.json === undefined ? {} : { json: entry.json }) } };
}

/** What a Status says of the object that it is about. */
const detailsOf = ({ resource: { kind } }: Call, name: string): StatusDetails => ({
  name,
  ...(kind.group === '' ? {} : { group: kind.group }),
  kind: kind.plural,
});

export const notFound = (call: Call, name = call.info.name): ApiError =>
  new ApiError('NotFound', `${qualified(call.resource.kind)} ${JSON.stringify(name)} not found`, detailsOf(call, name));

export const alreadyExists = (call: Call, name: string): ApiError =>
  new ApiError('AlreadyExists', `${qualified(call.resource.kind)} ${JSON.stringify(name)} already exists`, detailsOf(call, name));

/** The text of a lost compare-and-set (upstream: `registry.OptimisticLockErrorMsg`). */
export const modifiedMessage = 'the object has been modified; please apply your changes to the latest version and try again';

export const conflict = (call: Call, name: string, text: string): ApiError => {
  const message = `Operation cannot be fulfilled on ${qualified(call.resource.kind)} ${JSON.stringify(name)}: ${text}`;
  return new ApiError('Conflict', message, detailsOf(call, name));
};

export const badRequest = (text: string): ApiError => new ApiError('BadRequest', text);

/** A copy whose members the caller may replace one level down: the object, its metadata. Deeper parts stay shared. */
export const shallow = <T extends KubeObject>(object: T): T => ({ ...object, metadata: { ...object.metadata } });

/** Puts `kind` and `apiVersion` first, as upstream encodes, so that list items can leave them out by cutting bytes. */
export function canonical(object: KubeObject, apiVersion: string, kind: string): KubeObject {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  return { kind, apiVersion, metadata, ...rest };
}
