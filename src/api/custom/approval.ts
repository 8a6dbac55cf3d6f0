import type { CustomResourceDefinition } from '../types/apiextensions-v1.ts';

export const approvalAnnotation = 'api-approved.kubernetes.io';

/** Whether a definition in one of the community's own groups has its word, and how messages say it. */
export interface Approval {
  state: 'Approved' | 'Unapproved' | 'Missing' | 'Invalid';
  text: string;
}

const about = 'see https://github.com/kubernetes/enhancements/pull/1111';
const needed = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;

/** Undefined for groups of anybody else (upstream: apihelpers.GetAPIApprovalState). */
export function approvalOf({ spec, metadata }: CustomResourceDefinition): Approval | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group ?? '')) return undefined;
  const value = metadata.annotations?.[approvalAnnotation] ?? '';
  if (value === '') return { state: 'Missing', text: `${needed}, ${about}` };
  if (value.startsWith('unapproved')) return { state: 'Unapproved', text: `not approved: ${JSON.stringify(value)}` };
  if ((URL.parse(value)?.host ?? '') !== '') return { state: 'Approved', text: `approved in ${value}` };
  return { state: 'Invalid', text: `${needed} with either a URL or a reason starting with "unapproved", ${about}` };
}
