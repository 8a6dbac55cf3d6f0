import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { WatchEvent } from '../api/object.ts';
import { ApiError } from '../api/status.ts';
import { messageOf } from '../util/errors.ts';
import type { Client } from './client.ts';
import { type ClientRequest, errorFromBody, errorFromEvent } from './transport.ts';
import { clientOver } from './verbs.ts';

const neverAborted = new AbortController().signal;
/** Why a watch that nobody reads any more ends. One for all: each would cost a stack. */
const left = new Error('the reader has left');
/** In seconds. A watch in process cannot hang on a connection that is gone, so there is no need to open it anew every half hour. */
const watchTimeout = String(365 * 24 * 3600);

/** A client that calls the API server's `handle` directly: no sockets, and nothing is encoded. */
export function createInProcessClient(handle: (request: ApiRequest) => Promise<ApiResponse>): Client {
  const call = async (request: ClientRequest, signal: AbortSignal): Promise<ApiResponse> => {
    const { method, path, query, body } = request;
    const headers: ApiRequest['headers'] = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
    let response: ApiResponse;
    try {
      response = await handle({ method, path, query, headers, signal, ...(body === undefined ? {} : { body }) });
    } catch (thrown) {
      throw thrown instanceof ApiError ? thrown : internalError(thrown);
    }
    if (response.status >= 400) throw errorFromBody(response.status, await bodyOf(response));
    return response;
  };
  return clientOver({
    send: async (request) => bodyOf(await call(request, request.signal ?? neverAborted)),
    watch: (request) => watch(request, call),
  });
}

async function* watch(
  request: ClientRequest,
  call: (request: ClientRequest, signal: AbortSignal) => Promise<ApiResponse>,
): AsyncGenerator<WatchEvent> {
  const leaving = new AbortController();
  const signal = request.signal === undefined ? leaving.signal : AbortSignal.any([request.signal, leaving.signal]);
  const query = new URLSearchParams(request.query);
  if (!query.has('timeoutSeconds')) query.set('timeoutSeconds', watchTimeout);
  try {
    const { body } = await call({ ...request, query }, signal);
    if (body.kind !== 'watch') throw new ApiError('InternalError', `${request.path} did not answer with a watch`);
    for await (const event of body.events) {
      if (event.type === 'ERROR') throw errorFromEvent(event.object);
      yield event;
    }
  } catch (thrown) {
    if (request.signal?.aborted === true) return;
    throw thrown instanceof ApiError ? thrown : internalError(thrown);
  } finally {
    leaving.abort(left);
  }
}

async function bodyOf({ body }: ApiResponse): Promise<unknown> {
  if (body.kind === 'object') return body.value;
  if (body.kind === 'watch') throw new ApiError('InternalError', 'a watch came back where an object was asked for');
  if (typeof body.data === 'string' || Buffer.isBuffer(body.data)) return body.data.toString();
  const chunks: Buffer[] = [];
  for await (const chunk of body.data) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function internalError(cause: unknown): ApiError {
  const error = new ApiError('InternalError', `Internal error occurred: ${messageOf(cause)}`);
  error.cause = cause;
  return error;
}
