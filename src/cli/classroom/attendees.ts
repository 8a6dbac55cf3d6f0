import { amount } from '../../cluster/config/values.ts';
import type { ClusterDriver } from '../../cluster/driver.ts';
import { type ClusterSpec, defaultClusterSpec } from '../../cluster/spec.ts';
import { ShoalError } from '../../util/errors.ts';
import { checkName } from '../commands/up.ts';
import type { GlobalOptions } from '../context.ts';

export interface ClassroomFlags extends GlobalOptions {
  class?: string;
  attendees?: number;
  simulate?: boolean;
  quota?: string;
  workers?: number;
  address?: string;
  output?: string;
  watch?: boolean;
  ttl?: string;
}

export const DEFAULT_CLASS = 'class';
const mostAttendees = 99;

/** `class-01`, `class-02`, …: the cluster of each attendee is known by its name alone. */
export const attendeeName = (className: string, index: number): string => `${className}-${String(index).padStart(2, '0')}`;

export function attendeeNames({ class: className = DEFAULT_CLASS, attendees = 0 }: ClassroomFlags): string[] {
  checkName(className);
  if (attendees < 1 || attendees > mostAttendees) {
    throw new ShoalError('USAGE', `--attendees must be from 1 to ${mostAttendees}`, {
      next: 'For example: shoal classroom up --attendees 12',
    });
  }
  return Array.from({ length: attendees }, (_, index) => attendeeName(className, index + 1));
}

/** The clusters of a class that are there, in order. */
export async function clustersOfClass(clusters: Pick<ClusterDriver, 'list'>, className = DEFAULT_CLASS): Promise<string[]> {
  const names = (await clusters.list()).map(({ name }) => name);
  return names.filter((name) => name.startsWith(`${className}-`) && /^\d\d$/.test(name.slice(className.length + 1))).sort();
}

/** `cpu=1,memory=512Mi` → cores and bytes. Throws USAGE. */
export function parseQuota(text: string | undefined): { cpu?: number; memory?: number } {
  const quota: { cpu?: number; memory?: number } = {};
  for (const part of text === undefined ? [] : text.split(',')) {
    const [key = '', value = ''] = part.trim().split('=');
    const number = amount(value);
    if ((key !== 'cpu' && key !== 'memory') || number === undefined) {
      throw new ShoalError('USAGE', `"${part}" is no quota`, { next: 'Write it as --quota cpu=1,memory=512Mi, or one of the two.' });
    }
    quota[key] = number;
  }
  return quota;
}

/** Below this a real node's own programs (engine, kubelet, and the control plane) would be killed for memory; bytes. */
const leastRealMemory = 384 * 1024 * 1024;

/** What each attendee gets: nodes that are no larger than the quota. */
export function attendeeSpec(name: string, flags: ClassroomFlags): ClusterSpec {
  const spec = defaultClusterSpec(name, flags.workers ?? 2);
  const quota = parseQuota(flags.quota);
  if (flags.simulate !== true && quota.memory !== undefined && quota.memory < leastRealMemory) {
    throw new ShoalError('USAGE', 'a real node needs at least 384Mi of memory', {
      next: 'Give more, take fewer attendees, or use --simulate.',
    });
  }
  spec.nodes = spec.nodes.map((node) => ({ ...node, resources: quota }));
  if (flags.address !== undefined) spec.networking.apiServerAddress = flags.address;
  return spec;
}
