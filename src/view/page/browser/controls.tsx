import { allPods } from '../../filter.ts';
import type { Picture } from '../../picture.ts';
import { podMarks } from '../../text/marks.ts';
import type { Greeting } from './connection.ts';
import type { Past } from './past.ts';
import { clockTime, plural } from './words.ts';

interface Props {
  greeting: Greeting | undefined;
  picture: Picture | undefined;
  /** The part of it that is to be seen. */
  shown: Picture | undefined;
  live: boolean;
  past: Past;
  namespace: string | undefined;
  onNamespace(namespace: string | undefined): void;
  text: string;
  onText(text: string): void;
  asTables: boolean;
  onTables(is: boolean): void;
}

export function Controls({ greeting, picture, shown, live, past, namespace, onNamespace, text, onText, asTables, onTables }: Props) {
  return (
    <header>
      <h1>
        <span class="brand">shoal</span> {greeting?.cluster ?? ''}
      </h1>
      <State live={live} stale={picture?.stale === true} past={past.time} />
      {shown !== undefined && <Counts picture={shown} />}
      <search>
        <label>
          Namespace{' '}
          <select
            value={namespace ?? ''}
            onChange={(event) => onNamespace(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
          >
            <option value="">all</option>
            {(picture?.namespaces ?? []).map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </label>
        <label>
          Name <input type="search" value={text} onInput={(event) => onText(event.currentTarget.value)} size={12} />
        </label>
        <button type="button" aria-pressed={asTables} onClick={() => onTables(!asTables)}>
          Tables
        </button>
      </search>
      {greeting?.oldest !== undefined && <Scrubber oldest={greeting.oldest} past={past} />}
    </header>
  );
}

function State({ live, stale, past }: { live: boolean; stale: boolean; past: number | undefined }) {
  if (past !== undefined) return <p class="state past">◷ {clockTime(past)}</p>;
  if (!live) return <p class="state lost">✗ reconnecting</p>;
  return stale ? <p class="state lost">✗ the API server does not answer</p> : <p class="state live">● live</p>;
}

function Counts({ picture }: { picture: Picture }) {
  const counts = Map.groupBy(allPods(picture), ({ tone }) => tone);
  return (
    <p class="counts">
      {plural(picture.nodes.length, 'node')}, {plural(allPods(picture).length, 'pod')}
      {(Object.keys(podMarks) as (keyof typeof podMarks)[]).map((tone) => {
        const count = counts.get(tone)?.length ?? 0;
        return count === 0 ? null : (
          <span key={tone} class={`count ${tone}`}>
            <span aria-hidden="true">{podMarks[tone].mark}</span> {count} {podMarks[tone].word}
          </span>
        );
      })}
    </p>
  );
}

/** The last step is now. */
const stepMs = 100;

/** From the oldest moment that is kept to now. */
function Scrubber({ oldest, past }: { oldest: number; past: Past }) {
  const now = Date.now();
  const at = past.time ?? now;
  return (
    <div class="scrubber">
      <label>
        Time{' '}
        <input
          type="range"
          min={oldest}
          max={now}
          step={stepMs}
          value={at}
          aria-valuetext={past.time === undefined ? 'now' : clockTime(at)}
          onInput={(event) => {
            const to = Number(event.currentTarget.value);
            past.go(to > now - stepMs ? undefined : to);
          }}
        />
      </label>
      <button type="button" disabled={past.time === undefined} onClick={() => past.go(undefined)}>
        Back to now
      </button>
    </div>
  );
}
