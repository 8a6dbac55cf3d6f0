import type { Check, Machine } from '../check.ts';

const folder = '/proc/sys/fs/inotify';
/** A node takes some 15 instances, and a few hundred watches for each pod. The values are kind's advice too. */
const wanted = { max_user_instances: 512, max_user_watches: 524_288 } as const;

/** The second to fourth cluster of a machine fails with "too many open files" where these are small. */
export const inotify: Check = {
  name: 'inotify',
  async run(machine) {
    if (machine.platform !== 'linux') return { state: 'unknown', says: "the limits are those of the engine's own machine" };
    const low = Object.entries(wanted).filter(([name, least]) => limit(machine, name) < least);
    if (low.length === 0)
      return {
        state: 'ok',
        says: `inotify limits are ${Object.keys(wanted)
          .map((name) => limit(machine, name))
          .join(' and ')}`,
      };
    const command = `sysctl -w ${low.map(([name, least]) => `fs.inotify.${name}=${least}`).join(' ')}`;
    return {
      state: 'warning',
      says: `${low.map(([name]) => `${name} is ${limit(machine, name)}`).join(', ')}: enough for a cluster or two`,
      next: `Raise them: ${command} (and in /etc/sysctl.d to keep them).`,
      ...(machine.root
        ? {
            fix: {
              does: command,
              async run() {
                for (const [name, least] of low) machine.write(`${folder}/${name}`, `${least}\n`);
              },
            },
          }
        : {}),
    };
  },
};

/** Unknown limits are no trouble. */
const limit = ({ read }: Machine, name: string): number => Number(read(`${folder}/${name}`)?.trim() ?? Number.POSITIVE_INFINITY);
