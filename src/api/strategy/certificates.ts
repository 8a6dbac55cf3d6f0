import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../types/certificates-v1.ts';
import { type Strategy, typed } from './parts.ts';

type Conditions = CertificateSigningRequestCondition[];

/** Conditions without times get the request's; a changed status moves lastTransitionTime. */
function stamp(conditions: Conditions, old: Conditions, now: string | undefined): Conditions {
  if (now === undefined) return conditions;
  return conditions.map((condition) => {
    const before = old.find(({ type }) => type === condition.type);
    const lastUpdateTime = condition.lastUpdateTime ?? now;
    const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastUpdateTime, lastTransitionTime: condition.lastTransitionTime ?? kept ?? now };
  });
}

/** Decisions that are still there say what they said; validation refuses those that are new or gone. */
function keepDecisions(conditions: Conditions, old: Conditions): Conditions {
  for (const type of ['Approved', 'Denied']) {
    const before = old.filter((condition) => condition.type === type);
    if (conditions.filter((condition) => condition.type === type).length !== before.length) continue;
    conditions = conditions.map((condition) => (condition.type === type ? (before.shift() ?? condition) : condition));
  }
  return conditions;
}

/**
 * A signing request's spec never changes. `status` issues the certificate and may fail the request; only `approval` may
 * approve or deny it (validation sees to that).
 */
export const certificateSigningRequest: Strategy = {
  status: () => ({}),
  ...typed<CertificateSigningRequest>({
    update(object, old) {
      object.spec = old.spec;
    },
    subresource: {
      status(object, old, { now }) {
        const before = old.status?.conditions ?? [];
        const conditions = keepDecisions(stamp(object.status?.conditions ?? [], before, now), before);
        const { conditions: _sent, ...rest } = object.status ?? {};
        object.spec = old.spec;
        object.status = conditions.length === 0 ? rest : { ...rest, conditions };
      },
      approval(object, old, { now }) {
        object.spec = old.spec;
        const conditions = stamp(object.status?.conditions ?? [], old.status?.conditions ?? [], now);
        const { conditions: _stored, ...rest } = old.status ?? {};
        object.status = conditions.length === 0 ? rest : { ...rest, conditions };
      },
    },
  }),
};
