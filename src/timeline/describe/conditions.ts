interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** The condition of that type, and of that status where one is given. */
export const conditionOf = (
  { status }: { status?: { conditions?: readonly Condition[] } },
  type: string,
  value?: string,
): Condition | undefined => status?.conditions?.find((each) => each.type === type && (value === undefined || each.status === value));

/** `Reason: message`, or what there is of the two. */
export const wordsOf = ({ reason, message }: { reason?: string | undefined; message?: string | undefined }): string =>
  [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
