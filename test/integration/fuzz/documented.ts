/**
 * The answers of 5xx that a client can cause, as docs/server-errors.md lists them. Each is upstream's own; anything else of 5xx
 * is a fault of the server.
 */
export interface Documented {
  status: number;
  /** What the answer's body says. */
  says: string;
}

export const documented: readonly Documented[] = [
  { status: 500, says: 'resourceVersion should not be set on objects to be created' },
  { status: 500, says: 'without impersonating a user' },
  { status: 500, says: 'no preferred addresses found; known addresses: []' },
  { status: 500, says: 'the spec replicas field' },
  { status: 500, says: 'failed to create typed patch object' },
  { status: 503, says: 'error trying to reach service' },
  { status: 503, says: 'no endpoints available for service' },
  { status: 503, says: 'no service port' },
  { status: 504, says: 'Too large resource version' },
];

/** YAML breaks long texts into lines. */
export const isDocumented = (status: number, body: string | undefined): boolean =>
  documented.some((one) => one.status === status && (body === undefined || body.replace(/\s+/g, ' ').includes(one.says)));
