import { mkdir, readdir, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Container } from '../runtime.ts';
import { runtimeLabels } from '../runtime.ts';

/**
 * Where collectors of logs look on a node: `pods/<namespace>_<name>_<uid>/<container>/<attempt>.log` below the log directory, and
 * `containers/<pod>_<namespace>_<container>-<id>.log`. As dockershim had it, both link to the file that the engine writes.
 */
export function logLinks(logDir: string) {
  const containers = join(logDir, 'containers');
  const ending = (id: string): string => `-${id}.log`;
  return {
    async add({ id, name, attempt, labels }: Pick<Container, 'id' | 'name' | 'attempt' | 'labels'>, logPath: string): Promise<void> {
      const of = (label: keyof typeof runtimeLabels): string => labels[runtimeLabels[label]] ?? '';
      const [pod, namespace, uid] = [of('podName'), of('podNamespace'), of('podUid')];
      const file = join(logDir, 'pods', `${namespace}_${pod}_${uid}`, name, `${attempt}.log`);
      await Promise.all([mkdir(dirname(file), { recursive: true }), mkdir(containers, { recursive: true })]);
      await rm(file, { force: true });
      await symlink(logPath, file);
      await symlink(file, join(containers, `${pod}_${namespace}_${name}${ending(id)}`));
    },
    async remove(id: string): Promise<void> {
      const found = (await readdir(containers).catch(() => [])).find((name) => name.endsWith(ending(id)));
      if (found === undefined) return;
      const link = join(containers, found);
      const file = await readlink(link);
      await Promise.all([rm(link, { force: true }), rm(file, { force: true })]);
      // The container's directory and the pod's, when nothing is left in them.
      await rmdir(dirname(file))
        .then(() => rmdir(dirname(dirname(file))))
        .catch(() => undefined);
    },
  };
}
