import type { EventPicture, FaultPicture, WorkloadPicture } from '../../picture.ts';
import { rolloutMarks, rolloutText } from '../../text/marks.ts';
import { clockTime } from './words.ts';

/** Whoever looks at a broken cluster should see first that it is broken on purpose. */
export function Faults({ faults }: { faults: readonly FaultPicture[] }) {
  if (faults.length === 0) return null;
  return (
    <section class="faults" aria-labelledby="faults">
      <h2 id="faults">Active faults</h2>
      <ul>
        {faults.map(({ uid, name, action, target, phase, expiresAt }) => (
          <li key={uid}>
            ⚡ <strong>{action}</strong> {target}{' '}
            <span class="where">
              ({name}, {phase}
              {expiresAt === undefined ? '' : `, until ${clockTime(expiresAt)}`})
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Workloads({ workloads }: { workloads: readonly WorkloadPicture[] }) {
  return (
    <section aria-labelledby="workloads">
      <h2 id="workloads">Workloads</h2>
      {workloads.length === 0 && <p class="none">none</p>}
      <ul class="workloads">
        {workloads.map((workload) => (
          <li key={workload.uid} class={rolloutMarks[workload.state].style}>
            <span class="title">
              <span class="mark" aria-hidden="true">
                {rolloutMarks[workload.state].mark}
              </span>
              <strong>{workload.name}</strong> <span class="where">{workload.kind}</span>
              <span class="figures">{rolloutText(workload)}</span>
            </span>
            <Revisions workload={workload} />
            {workload.message !== undefined && <p class="message">{workload.message}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How much of what is wanted is new and ready, new, and old. */
function Revisions({ workload }: { workload: WorkloadPicture }) {
  const { desired, revisions, ready, state } = workload;
  const current = revisions.find((each) => each.current);
  const older = revisions.filter((each) => !each.current).reduce((sum, { pods }) => sum + pods, 0);
  const parts = { fresh: current?.ready ?? ready, coming: (current?.pods ?? ready) - (current?.ready ?? ready), older };
  const whole = Math.max(1, desired, parts.fresh + parts.coming + parts.older);
  const words = `${state}: ${parts.fresh} of ${desired} ready${older > 0 ? `, ${older} of an older revision` : ''}`;
  const width = (count: number): number => (Math.max(0, count) / whole) * 100;
  return (
    <svg class="rollout" role="img" aria-label={words} viewBox="0 0 100 6" preserveAspectRatio="none">
      <rect class="offered" width="100" height="6" />
      <rect class="fresh" width={width(parts.fresh)} height="6" />
      <rect class="coming" x={width(parts.fresh)} width={width(parts.coming)} height="6" />
      <rect class="older" x={width(parts.fresh + parts.coming)} width={width(parts.older)} height="6" />
    </svg>
  );
}

const maxShown = 40;

export function EventList({ events }: { events: readonly EventPicture[] }) {
  return (
    <section aria-labelledby="events">
      <h2 id="events">Events</h2>
      {events.length === 0 && <p class="none">none</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys. */}
      <ol class="events" tabIndex={0} aria-labelledby="events">
        {events.slice(0, maxShown).map(({ uid, at, type, reason, message, regarding, count }) => (
          <li key={uid} class={type === 'Warning' ? 'warning' : ''}>
            <time dateTime={new Date(at).toISOString()}>{clockTime(at)}</time>{' '}
            <strong>
              {type === 'Warning' && '! '}
              {reason}
            </strong>{' '}
            <span class="where">
              {regarding.kind.toLowerCase()}/{regarding.name}
              {count > 1 && ` ×${count}`}
            </span>
            <span class="message">{message}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
