import { spawn } from 'node:child_process';
import { ownProgram } from '../own-program.ts';

/** What a reaper is told, as the argument of `shoal reap`. */
export type ReaperTask = {
  cluster: string;
  /** The making of the cluster that is meant, see `Lifetime`; absent: whichever has the name. */
  instance?: string;
  /** The kubeconfig that its access was merged into, where that is not the usual one. */
  kubeconfig?: string;
  /** A folder of the command's own that goes with the cluster. */
  directory?: string;
} & (
  | {
      /** Removes the cluster once its time to live has ended, whatever that is changed to meanwhile. */
      when: 'deadline';
      /** As far as is known now; milliseconds since the epoch. */
      expires: number;
    }
  | {
      /** Removes the cluster, whole or half made, soon after the process has gone, however it went. */
      when: 'parent-dies';
      parent: number;
    }
);

export interface Reaper {
  pid: number;
  /** Ends the reaper; the cluster stays. */
  disarm(): void;
}

/**
 * Starts a small process that outlives this one and removes the cluster when it is due. Any number of them may wait for the
 * same cluster. A reboot ends it: then the next `shoal` command removes what has expired.
 *
 * @param env where the cluster is found: `DOCKER_HOST`, `XDG_STATE_HOME`, `KUBECONFIG`.
 */
export function spawnReaper(task: ReaperTask, env: Record<string, string | undefined>): Reaper {
  const [program = '', ...args] = [...ownProgram(), 'reap', JSON.stringify(task)];
  // CI runners end processes that carry their mark when a job ends; this one is there for what comes after.
  const { RUNNER_TRACKING_ID: _, BUILD_ID: __, ...kept } = env;
  const child = spawn(program, args, { detached: true, cwd: '/', env: { ...kept, JENKINS_NODE_COOKIE: 'dontKillMe' }, stdio: 'ignore' });
  // Where no process can be started, the next command's sweep has to do.
  child.on('error', () => undefined);
  child.unref();
  return { pid: child.pid ?? 0, disarm: () => void child.kill('SIGTERM') };
}
