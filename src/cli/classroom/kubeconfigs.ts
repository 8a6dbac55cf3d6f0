import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderKubeconfig } from '../../cluster/kubeconfig.ts';
import { type CliContext, withClusters } from '../context.ts';
import { type ClassroomFlags, clustersOfClass, DEFAULT_CLASS } from './attendees.ts';

/** `shoal classroom kubeconfigs DIR`: one file for each attendee, to hand out. */
export async function classroomKubeconfigs(cli: CliContext, directory: string, flags: ClassroomFlags): Promise<void> {
  const files = await withClusters(cli, { ...flags, quiet: true }, async (clusters) => {
    const names = await clustersOfClass(clusters, flags.class);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return Promise.all(
      names.map(async (name) => {
        const file = join(directory, `${name}.yaml`);
        await writeFile(file, renderKubeconfig(await clusters.access(name)), { mode: 0o600 });
        await chmod(file, 0o600);
        return file;
      }),
    );
  });
  cli.stdout.write(files.length === 0 ? `There is no class ${flags.class ?? DEFAULT_CLASS}.\n` : files.map((file) => `${file}\n`).join(''));
}
