/**
 * What a reconcile returns (controller-runtime's meaning): nothing, look again after a while, or an exception, which puts
 * the key back with exponential back-off (5 ms doubling to 1000 s, client-go's default).
 */
export interface ReconcileResult {
  requeueAfterMs?: number;
}

/** One controller: keys in, state re-read, act. The runner guarantees that one key is never reconciled twice at once. */
export interface ControllerSpec {
  name: string;
  /** Registers event handlers that put keys into the queue. */
  watch(enqueue: (key: string) => void): void;
  // biome-ignore lint/suspicious/noConfusingVoidType: a reconcile that has nothing to say returns nothing
  reconcile(key: string): Promise<ReconcileResult | void>;
  /** Keys worked on at the same time; default 5. */
  workers?: number;
}
