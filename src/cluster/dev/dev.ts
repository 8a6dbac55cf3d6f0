import type { Clock } from '../../util/clock.ts';

/** What one turn of the loop is made of; the command line supplies engine and cluster. */
export interface DevSteps {
  /** Builds the image; rejects when the build fails, with the output shown already. */
  build(): Promise<void>;
  /** The image's id; undefined when there is none. */
  imageId(): Promise<string | undefined>;
  /** Brings what nodes lack of the image to them. */
  load(): Promise<void>;
  /** Restarts what runs the image; resolves to what that was. */
  restart(): Promise<string[]>;
}

export interface DevOptions {
  image: string;
  steps: DevSteps;
  clock: Clock;
  /** One line for each thing that was done. */
  say(text: string): void;
}

/**
 * Builds, loads and restarts once, and resolves to the image's id. Nothing is restarted when the build made the image that was
 * there before: the nodes run it already. A failed build leaves what runs as it is.
 */
export async function refresh({ image, steps, clock, say }: DevOptions, before: string | undefined): Promise<string | undefined> {
  const start = clock.now();
  const seconds = (from: number): string => `${((clock.now() - from) / 1000).toFixed(1)} s`;
  await steps.build();
  const id = await steps.imageId();
  say(`built ${image} in ${seconds(start)}`);
  if (id !== undefined && id === before) {
    say('the image is the same as before');
    return id;
  }
  const loading = clock.now();
  await steps.load();
  say(`loaded it into the nodes in ${seconds(loading)}`);
  const restarted = await steps.restart();
  say(
    restarted.length === 0
      ? `nothing runs ${image} yet: kubectl create deployment NAME --image=${image}`
      : `restarted ${restarted.join(', ')}`,
  );
  return id;
}
