import { chmod, mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Pod, Volume } from '../../api/types/core-v1.ts';
import { messageOf } from '../../util/errors.ts';
import type { PodAddresses } from '../containers/downward.ts';
import { podDir } from '../containers/paths.ts';
import { type KubeletContext, type PodState, StartError } from '../context.ts';
import { allContainers } from '../pod/pod.ts';
import { type Payload, samePayload, writeAtomically } from './atomic-writer.ts';
import { unmount } from './mount-command.ts';
import { setOwnership } from './ownership.ts';
import { payloadOf } from './payload.ts';
import { type MountedVolume, pluginOf, setUpSource } from './sources.ts';
import type { TokenSource } from './tokens.ts';

export interface Volumes {
  /**
   * Brings a pod's volumes up to date. Resolves to the milliseconds after which a token is due for renewal; rejects with
   * every problem in one message, after a FailedMount event for each.
   */
  mount(context: KubeletContext, state: PodState, addresses: PodAddresses): Promise<number | undefined>;
  mounted(uid: string, volume: string): MountedVolume | undefined;
  /** Has an image volume mounted at a directory of its own, once. */
  mountImage(uid: string, volume: string, mount: (directory: string) => Promise<void>): Promise<void>;
  /** The path on the node of a place inside a volume, made when it is not there. Refuses what links out of the volume. */
  subPath(uid: string, volume: string, path: string): Promise<string>;
  /** Unmounts and removes all that `mount` made; the pod's termination messages stay. */
  unmount(uid: string): Promise<void>;
  /** Removes the pod's directory. */
  remove(uid: string): Promise<void>;
  /** The uids of pods that have a directory. */
  uids(): Promise<string[]>;
}

interface PodVolumes {
  mounted: Map<string, MountedVolume>;
  written: Map<string, Payload>;
}

/** Plugins whose volumes hold what is not the pod's. */
const others: ReadonlySet<string> = new Set(['kubernetes.io~nfs', 'kubernetes.io~local-volume', 'kubernetes.io~image']);

/** Without a directory (simulated nodes) volumes are only checked: what they refer to must exist, but nothing is written. */
export function createVolumes({ podsDir, tokens }: { podsDir: string | undefined; tokens: TokenSource }): Volumes {
  const pods = new Map<string, PodVolumes>();
  const plain: PodVolumes = { mounted: new Map(), written: new Map() };
  const of = (uid: string): PodVolumes => {
    if (podsDir === undefined) return plain;
    const found = pods.get(uid) ?? { mounted: new Map(), written: new Map() };
    pods.set(uid, found);
    return found;
  };

  async function setUp(context: KubeletContext, state: PodState, volume: Volume, addresses: PodAddresses): Promise<number | undefined> {
    const { mounted, written } = of(state.uid);
    const directory = podsDir === undefined ? undefined : join(podDir(podsDir, state.uid), 'volumes', pluginOf(volume), volume.name);
    const group = state.pod.spec?.securityContext?.fsGroup;
    const payload = await payloadOf(volume, { context, state, addresses, tokens: podsDir === undefined ? undefined : tokens });
    if (payload !== undefined) {
      if (directory === undefined) return undefined;
      if ((await mkdir(directory, { recursive: true })) !== undefined) {
        // Upstream keeps all but ConfigMaps on a tmpfs of its own, whose mode that is.
        await chmod(directory, volume.configMap === undefined ? 0o1777 : 0o777);
        if (group !== undefined) await setOwnership(directory, group, undefined);
      }
      if (!samePayload(written.get(volume.name), payload.files)) {
        await writeAtomically(directory, payload.files, context.clock.now(), group === undefined ? undefined : { gid: group });
        written.set(volume.name, payload.files);
      }
      mounted.set(volume.name, { path: directory, readOnly: true, ownable: false });
      return payload.refreshMs;
    }
    if (mounted.has(volume.name)) return undefined;
    const done = await setUpSource(volume, state.pod, directory, context);
    if (directory === undefined) return undefined;
    if (group !== undefined && done.ownable) await setOwnership(done.path, group, state.pod.spec?.securityContext?.fsGroupChangePolicy);
    mounted.set(volume.name, done);
    return undefined;
  }

  return {
    async mount(context, state, addresses) {
      let refresh: number | undefined;
      const problems: string[] = [];
      const used = usedVolumes(state.pod);
      await Promise.all(
        (state.pod.spec?.volumes ?? []).map(async (volume) => {
          // What no container mounts is not set up (the desired state of world has it so). Images come when a container needs them.
          if (!used.has(volume.name) || volume.image !== undefined) return;
          try {
            const next = await setUp(context, state, volume, addresses);
            if (next !== undefined) refresh = Math.min(refresh ?? Number.POSITIVE_INFINITY, next);
          } catch (thrown) {
            const message = `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${messageOf(thrown)}`;
            context.recorder.event(state.pod, 'Warning', 'FailedMount', message);
            problems.push(message);
          }
        }),
      );
      if (problems.length > 0) throw new Error(problems.join('; '));
      return refresh;
    },
    async mountImage(uid, name, mount) {
      if (podsDir === undefined || of(uid).mounted.has(name)) return;
      const directory = join(podDir(podsDir, uid), 'volumes', 'kubernetes.io~image', name);
      await mkdir(directory, { recursive: true });
      if (!(await isMountPoint(directory))) await mount(directory);
      of(uid).mounted.set(name, { path: directory, readOnly: true, ownable: false });
    },
    mounted: (uid, volume) => pods.get(uid)?.mounted.get(volume),
    async subPath(uid, name, path) {
      const volume = pods.get(uid)?.mounted.get(name);
      const refuse = (why: string): StartError =>
        new StartError('CreateContainerConfigError', `failed to prepare subPath for volumeMount ${JSON.stringify(name)}: ${why}`);
      if (volume === undefined) throw refuse('the volume is not mounted');
      const root = await realpath(volume.path);
      const wanted = join(root, path);
      const inside = (real: string): boolean => real === root || real.startsWith(root + sep);
      if (!inside(wanted)) throw refuse(`${path} is outside of the volume`);
      // Each part is resolved before the next is made, so that a link in the volume cannot lead out of it.
      let current = root;
      for (const part of wanted
        .slice(root.length)
        .split(sep)
        .filter((piece) => piece !== '')) {
        const next = join(current, part);
        const real = await realpath(next).catch(() => undefined);
        if (real === undefined) {
          if (volume.readOnly) throw refuse(`${path} does not exist`);
          // As the volume's root, whatever this process's umask is.
          await mkdir(next)
            .then(async () => chmod(next, (await stat(root)).mode & 0o7777))
            .catch((thrown: unknown) => {
              throw refuse(messageOf(thrown));
            });
        }
        current = real ?? next;
        if (!inside(current)) throw refuse(`${path} links out of the volume`);
      }
      return current;
    },
    async unmount(uid) {
      pods.delete(uid);
      tokens.forget(uid);
      if (podsDir === undefined) return;
      const root = join(podDir(podsDir, uid), 'volumes');
      for (const plugin of await readdir(root).catch(() => [])) {
        for (const name of await readdir(join(root, plugin))) {
          const path = join(root, plugin, name);
          // Never recursively into what may still be someone else's files.
          if (others.has(plugin)) {
            await unmount(path).catch(() => undefined);
            await rmdir(path).catch(() => undefined);
            continue;
          }
          if (await isMountPoint(path)) await unmount(path);
          await rm(path, { recursive: true, force: true });
        }
      }
    },
    async remove(uid) {
      if (podsDir !== undefined) await rm(podDir(podsDir, uid), { recursive: true, force: true });
    },
    uids: async () => (podsDir === undefined ? [] : readdir(podsDir).catch(() => [])),
  };
}

/** What containers mount or have as devices, or read variables from. */
const usedVolumes = (pod: Pod): Set<string> =>
  new Set(
    allContainers(pod).flatMap(({ volumeMounts = [], volumeDevices = [], env = [] }) => [
      ...[...volumeMounts, ...volumeDevices].map(({ name }) => name),
      ...env.flatMap(({ valueFrom }) => valueFrom?.fileKeyRef?.volumeName ?? []),
    ]),
  );

async function isMountPoint(path: string): Promise<boolean> {
  const [own, parent] = await Promise.all([stat(path), stat(join(path, '..'))]);
  return own.dev !== parent.dev;
}
