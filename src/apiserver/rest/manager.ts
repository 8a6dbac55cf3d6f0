import type { Manager } from '../../api/apply/managed-fields.ts';
import { timestamp } from '../../util/clock.ts';
import type { Call } from './call.ts';

/** Upstream's limit on a manager's name. */
const longestName = 128;

/** The name that a change is recorded under: `fieldManager`, else the client's own name as its user agent begins. */
export function managerOf(call: Call): Manager {
  const { query, headers } = call.request;
  const asked = query.get('fieldManager') ?? '';
  const agent = (headers['user-agent'] ?? '').split('/')[0] ?? '';
  const fallback = agent === '' ? call.user.name.replace(/^system:/, '') : agent;
  return {
    name: (asked === '' ? fallback : asked).slice(0, longestName),
    subresource: call.info.subresource,
    now: timestamp(call.rest.clock),
  };
}
