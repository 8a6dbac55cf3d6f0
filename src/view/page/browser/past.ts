import { useEffect, useState } from 'preact/hooks';
import type { Picture } from '../../picture.ts';
import { pictureAt } from './connection.ts';

export interface Past {
  /** The moment that is looked at; absent for now. */
  time: number | undefined;
  picture: Picture | undefined;
  failure: string | undefined;
  go(time: number | undefined): void;
}

/** A slider is dragged faster than a server answers: it is asked when the hand rests. */
const restMs = 80;

export function usePast(): Past {
  const [time, go] = useState<number>();
  const [picture, setPicture] = useState<Picture>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (time === undefined) return undefined;
    const leaving = new AbortController();
    const timer = setTimeout(() => {
      pictureAt(time, leaving.signal).then(
        (found) => {
          setPicture(found);
          setFailure(undefined);
        },
        (thrown: unknown) => {
          if (leaving.signal.aborted) return;
          setPicture(undefined);
          setFailure(thrown instanceof Error ? thrown.message : String(thrown));
        },
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [time]);
  return { time, picture, failure, go };
}
