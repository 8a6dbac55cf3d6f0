import type { Answer } from './e2e.ts';

export interface Load {
  /** Answers so far. */
  readonly count: number;
  /** Ends the load; resolves when the last answer has come. */
  stop(): Promise<{ answers: Answer[]; failures: string[] }>;
}

/** Asks again and again from `concurrency` sides until stopped. An answer other than 200, or none, is a failure. */
export function startLoad(ask: () => Promise<Answer>, concurrency = 4): Load {
  const answers: Answer[] = [];
  const failures: string[] = [];
  let stopped = false;
  const one = async (): Promise<void> => {
    while (!stopped) {
      try {
        const answer = await ask();
        answers.push(answer);
        if (answer.status !== 200) failures.push(`${answer.status} ${answer.body.slice(0, 200)}`);
      } catch (failure) {
        failures.push(String(failure));
      }
    }
  };
  const all = Promise.all(Array.from({ length: concurrency }, one));
  return {
    get count() {
      return answers.length;
    },
    async stop() {
      stopped = true;
      await all;
      return { answers, failures };
    },
  };
}
