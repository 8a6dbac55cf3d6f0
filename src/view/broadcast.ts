import type { Picture } from './picture.ts';

/** One source of pictures for many who look: each gets the latest at once and all that come. The source is asked when the first one looks. */
export function broadcast(start: () => AsyncIterable<Picture>): (listener: (picture: Picture) => void) => () => void {
  const listeners = new Set<(picture: Picture) => void>();
  let latest: Picture | undefined;
  let started = false;
  const run = async (): Promise<void> => {
    for await (const picture of start()) {
      latest = picture;
      for (const listener of listeners) listener(picture);
    }
  };
  return (listener) => {
    listeners.add(listener);
    if (latest !== undefined) listener(latest);
    if (!started) {
      started = true;
      void run();
    }
    return () => void listeners.delete(listener);
  };
}
