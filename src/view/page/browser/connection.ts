import type { Picture } from '../../picture.ts';

/** What the server sends when somebody looks. */
export interface Greeting {
  cluster: string;
  /** Milliseconds since the epoch: from when on the past can be shown; absent where none is kept. */
  oldest?: number;
  /** Port that people type for the gateway. */
  now: number;
}

export interface Handlers {
  greeting(greeting: Greeting): void;
  picture(picture: Picture): void;
  /** Whether pictures come. */
  live(is: boolean): void;
}

/** Live pictures. The browser itself connects again after an outage (EventSource), and is greeted anew. */
export function connect({ greeting, picture, live }: Handlers): void {
  const source = new EventSource('events');
  source.addEventListener('greeting', (event) => {
    live(true);
    greeting(JSON.parse(event.data) as Greeting);
  });
  source.addEventListener('picture', (event) => picture(JSON.parse(event.data) as Picture));
  source.addEventListener('error', () => {
    live(false);
    // A refusal (a proxy's 502 while the server starts) ends an EventSource for good: begin anew.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => connect({ greeting, picture, live }), 1000);
  });
}

/** The cluster as it was; fails with the server's words. */
export async function pictureAt(time: number, signal: AbortSignal): Promise<Picture> {
  const response = await fetch(`at?time=${Math.round(time)}`, { signal });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Picture;
}
