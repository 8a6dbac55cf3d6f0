import { execFile } from 'node:child_process';
import { VolumeError } from './volume-error.ts';

function run(command: string, args: string[], cwd?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd }, (thrown, stdout, stderr) => {
      if (thrown === null) {
        resolve();
        return;
      }
      const status = typeof thrown.code === 'number' ? `exit status ${thrown.code}` : thrown.message;
      const text = [
        `mount failed: ${status}`,
        `Mounting command: ${command}`,
        `Mounting arguments: ${args.join(' ')}`,
        `Output: ${stdout}${stderr}`,
      ];
      reject(new VolumeError(text.join('\n'), thrown));
    });
  });
}

/** `mount -t TYPE [-o OPTIONS] SOURCE TARGET`, in a directory that paths of the options may start from. Throws VolumeError in upstream's wording. */
export const mount = (type: string, source: string, target: string, options: string[] = [], cwd?: string): Promise<void> =>
  run('mount', ['-t', type, ...(options.length === 0 ? [] : ['-o', options.join(',')]), source, target], cwd);

export const unmount = (target: string): Promise<void> => run('umount', [target]);
