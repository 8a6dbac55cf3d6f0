import type { Collector } from './collector.ts';

/** `machines/<name>.log`: what node containers and their daemons wrote, or the process of a simulated cluster. */
export const collectMachineLogs: Collector = async function* ({ machineLogs }) {
  for (const [name, text] of await machineLogs()) yield { path: `machines/${name}.log`, text };
};
