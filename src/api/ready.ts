/** What bears conditions: a node, a pod. */
interface Conditioned {
  status?: { conditions?: readonly { type: string; status: string }[] };
}

/** Whether its condition `Ready` is True: unknown, false and not there all say no. */
export const isReady = ({ status }: Conditioned): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
