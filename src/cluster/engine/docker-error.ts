/** The HTTP status of an engine's refusal, as docker-modem attaches it; undefined for anything else. */
export const statusOf = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;

/** Lets a call pass that failed only because its object is gone (404) or already as wanted (304). */
export async function tolerate<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    const status = statusOf(thrown);
    if (status !== undefined && statuses.includes(status)) return undefined;
    throw thrown;
  }
}
