import { Cron } from 'croner';

/** Gives the first time after `from` (milliseconds since the epoch), or undefined when there is none. */
export type NextTime = (from: number) => number | undefined;

const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Go's duration text (`1h30m`) in milliseconds. */
function durationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) throw new Error(`invalid duration "${text}"`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0), 0);
}

/**
 * Reads a CronJob's schedule: five fields, `@hourly` and the like, or `@every 1h30m`. Times are of `timeZone`, by default UTC.
 * Throws on a schedule or zone that is not one. Where both days are restricted, either may match (as in cron and upstream).
 */
export function parseSchedule(schedule: string, timeZone = utc): NextTime {
  const key = `${timeZone} ${schedule}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const next = parse(schedule, timeZone);
  if (parsed.size >= parsedKept) parsed.clear();
  parsed.set(key, next);
  return next;
}

/** Each is read at every look at its CronJob. */
const parsed = new Map<string, NextTime>();
const parsedKept = 1000;
const utc = 'Etc/UTC';

function parse(schedule: string, timeZone: string): NextTime {
  const every = /^@every\s+(\S+)$/.exec(schedule)?.[1];
  if (every !== undefined) {
    const step = Math.max(1000, Math.floor(durationMs(every) / 1000) * 1000);
    return (from) => Math.floor((from + step) / 1000) * 1000;
  }
  // By offset it is arithmetic; by the name of a zone each field of each candidate is formatted and read back.
  const zone = timeZone === utc ? { utcOffset: 0 } : { timezone: timeZone };
  const cron = new Cron(schedule, { ...zone, paused: true, mode: '5-part' });
  return (from) => cron.nextRun(new Date(from))?.getTime();
}

/** RFC 3339 with the zone's own time of day: `2026-03-29T03:00:00+02:00`. */
export function timeInZone(time: number, timeZone = utc): string {
  if (timeZone === utc) return `${new Date(time).toISOString().slice(0, 19)}Z`;
  const local = new Date(time).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
  const minutes = Math.round((Date.parse(`${local}Z`) - time) / 60_000);
  const two = (number: number): string => String(number).padStart(2, '0');
  const ahead = Math.abs(minutes);
  return minutes === 0 ? `${local}Z` : `${local}${minutes < 0 ? '-' : '+'}${two(Math.trunc(ahead / 60))}:${two(ahead % 60)}`;
}

/** Beyond this many missed starts upstream warns that something is off. */
const manyMissed = 100;

/** The latest time in (`earliest`, `now`] at which the schedule was due, if any, and whether suspiciously many were missed. */
export function mostRecentDue(next: NextTime, earliest: number, now: number): { due: number | undefined; tooMany: boolean } {
  const first = next(earliest);
  if (first === undefined || first > now) return { due: undefined, tooMany: false };
  const second = next(first);
  if (second === undefined || second > now) return { due: first, tooMany: false };
  const step = Math.max(1000, second - first);
  const missed = Math.floor((now - first) / step) + 1;
  // Looks back far enough to meet one due time; schedules with gaps (weekends, say) need more than one step.
  let back = step;
  let due: number = first;
  for (; ; back *= 2) {
    const candidate = next(Math.max(earliest, now - back));
    if (candidate === undefined || candidate > now) continue;
    due = candidate;
    break;
  }
  for (let later = next(due); later !== undefined && later <= now; later = next(due)) due = later;
  return { due, tooMany: missed > manyMissed };
}
