import type { Manager } from '../../api/apply/managed-fields.ts';
import { timestamp } from '../../util/clock.ts';
import type { Call } from './call.ts';

/** Upstream's limit on a manager's name. */
const longestName = 128;

/**
 * The name that a change is recorded under: `fieldManager`, else the client's own name as its user agent begins. In process
 * there is no user agent, and the user's name says who it is.
 */
export function managerOf(call: Call): Manager {
  const { query, headers } = call.request;
  const asked = query.get('fieldManager') ?? '';
  const agent = (headers['user-agent'] ?? '').split('/')[0] ?? '';
  const nameless = call.request.remoteAddress === undefined ? call.user.name.replace(/^system:/, '') : 'unknown';
  return {
    name: (asked || agent || nameless).slice(0, longestName),
    subresource: call.info.subresource,
    now: timestamp(call.rest.clock),
  };
}
