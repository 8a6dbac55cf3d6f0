import { useEffect, useMemo, useState } from 'preact/hooks';
import { narrowed } from '../../filter.ts';
import type { Picture } from '../../picture.ts';
import { Announcer } from './announcer.tsx';
import { connect, type Greeting } from './connection.ts';
import { Controls } from './controls.tsx';
import { Details, type Target } from './details.tsx';
import { Diagram } from './diagram.tsx';
import { EventList, Faults, Workloads } from './lists.tsx';
import { usePast } from './past.ts';
import { Tables } from './tables.tsx';

/** The whole page. */
export function App() {
  const [greeting, setGreeting] = useState<Greeting>();
  const [current, setCurrent] = useState<Picture>();
  const [live, setLive] = useState(false);
  const [namespace, setNamespace] = useState<string>();
  const [text, setText] = useState('');
  const [asTables, setAsTables] = useState(() => location.hash === '#tables');
  const [target, setTarget] = useState<Target>();
  const past = usePast();
  useEffect(() => connect({ greeting: setGreeting, picture: setCurrent, live: setLive }), []);
  const cluster = greeting?.cluster;
  useEffect(() => {
    document.title = cluster === undefined ? 'Shoal' : `${cluster} – Shoal`;
  }, [cluster]);
  const whole = past.time === undefined ? current : past.picture;
  const picture = useMemo(() => (whole === undefined ? undefined : narrowed(whole, { namespace, text })), [whole, namespace, text]);
  const showTables = (is: boolean): void => {
    setAsTables(is);
    history.replaceState(null, '', is ? '#tables' : '#');
  };
  return (
    <>
      <a class="skip" href="#cluster">
        Skip to the cluster
      </a>
      <Controls
        greeting={greeting}
        picture={whole}
        shown={picture}
        live={live}
        past={past}
        namespace={namespace}
        onNamespace={setNamespace}
        text={text}
        onText={setText}
        asTables={asTables}
        onTables={showTables}
      />
      <main id="cluster" tabIndex={-1}>
        {picture === undefined ? (
          <p class="waiting">{past.time === undefined ? 'Waiting for the cluster…' : (past.failure ?? 'Looking back…')}</p>
        ) : asTables ? (
          <Tables picture={picture} />
        ) : (
          <>
            <Faults faults={picture.faults} />
            <Diagram picture={picture} onTarget={setTarget} target={target} />
            <div class="lists">
              <Workloads workloads={picture.workloads} />
              <EventList events={picture.events} />
            </div>
          </>
        )}
      </main>
      {target !== undefined && whole !== undefined && (
        <Details key={target.uid} target={target} picture={whole} onClose={() => setTarget(undefined)} />
      )}
      {past.time === undefined && current !== undefined && <Announcer picture={current} live={live} />}
    </>
  );
}
