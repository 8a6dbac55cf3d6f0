import type Docker from 'dockerode';
import type { Clock } from '../../util/clock.ts';
import { executableLayer } from '../executable.ts';
import { withFileLock } from '../file-lock.ts';
import { nodeAssets, readAsset } from './assets.ts';
import { baseTag, ensureBase } from './base-image.ts';
import { capabilityLabel, engineCapabilities } from './capabilities.ts';
import { type FileTree, hashOf, tarOf } from './context.ts';
import { buildImage, imageExists } from './engine-images.ts';

interface Options {
  clock: Clock;
  signal?: AbortSignal;
  note: (text: string) => void;
}

/**
 * The node image for this version of Shoal, as a chain of images that are each built once per content: Debian base,
 * packages, runtime, program. Two processes asking at once build once. Returns the tag of the last.
 */
export async function ensureNodeImage(docker: Docker, options: Options): Promise<string> {
  const { runtime, program } = await executableLayer();
  const tags = imageTags(runtime.hash, program.hash);
  if (await imageExists(docker, tags.node)) return tags.node;
  return withFileLock('node-image', async () => {
    if (await imageExists(docker, tags.node)) return tags.node;
    await ensurePackages(docker, tags.packages, options);
    if (!(await imageExists(docker, tags.runtime))) {
      options.note('adding the runtime to the node image');
      await layer(docker, { base: tags.packages, tag: tags.runtime, files: runtime.files() }, options.signal);
    }
    options.note('adding this version of Shoal to the node image');
    const capabilities = await engineCapabilities(docker, tags.packages);
    await layer(
      docker,
      {
        base: tags.runtime,
        tag: tags.node,
        files: await program.files(),
        ...(program.rehearsed ? { run: ['/usr/local/bin/shoal', 'rehearse'] } : {}),
        labels: { [capabilityLabel]: capabilities.join(',') },
      },
      options.signal,
    );
    await removeOutdated(docker, tags.node, options.clock);
    return tags.node;
  });
}

/** The image of Debian packages alone, without Shoal: it changes seldom, and holds a static busybox. Returns its tag. */
export async function ensurePackageImage(docker: Docker, options: Options): Promise<string> {
  const tag = packagesTag();
  if (await imageExists(docker, tag)) return tag;
  return withFileLock('node-image', async () => {
    await ensurePackages(docker, tag, options);
    return tag;
  });
}

const packagesTag = (): string => `shoal/packages:${hashOf(packageContext(), baseTag())}`;

interface Tags {
  packages: string;
  runtime: string;
  node: string;
}

function imageTags(runtimeHash: string, programHash: string): Tags {
  const packages = packagesTag();
  const runtime = hashOf({}, packages, runtimeHash);
  return {
    packages,
    runtime: `shoal/runtime:${runtime}`,
    node: `shoal/node:${hashOf({}, runtime, programHash)}`,
  };
}

/** The files of images/node, as the build context has them. */
const packageContext = (): FileTree =>
  Object.fromEntries(
    nodeAssets.map((name) => {
      const executable = name.endsWith('/run') || name.endsWith('/node-init');
      return [name.replace('images/node/', ''), { content: readAsset(name), mode: executable ? 0o755 : 0o644 }];
    }),
  );

async function ensurePackages(docker: Docker, tag: string, options: Options): Promise<void> {
  if (await imageExists(docker, tag)) return;
  const base = await ensureBase(docker, options);
  options.note('installing the node image’s packages');
  await buildImage(docker, { tag, context: tarOf(packageContext()), buildArgs: { BASE: base }, ...options });
}

interface Layer {
  base: string;
  tag: string;
  files: FileTree;
  /** A command that runs when the files are there. */
  run?: string[];
  labels?: Record<string, string>;
}

/** An image with `files` on top of `base`. */
async function layer(docker: Docker, { base, tag, files, run, labels = {} }: Layer, signal: AbortSignal | undefined): Promise<void> {
  const names = Object.keys(files);
  const dockerfile = [
    `FROM ${base}`,
    ...(names.length === 0 ? [] : ['COPY root/ /']),
    ...(run === undefined ? [] : [`RUN ${JSON.stringify(run)}`]),
  ].join('\n');
  const context: FileTree = { Dockerfile: { content: `${dockerfile}\n` } };
  for (const name of names) context[`root/${name}`] = files[name] ?? { content: '' };
  await buildImage(docker, { tag, context: tarOf(context), labels, ...(signal === undefined ? {} : { signal }) });
}

/** Every edit of the sources makes another program layer; those unused for a day go. */
async function removeOutdated(docker: Docker, current: string, clock: Clock): Promise<void> {
  const images = await docker.listImages({ filters: { reference: ['shoal/node'] } });
  for (const image of images) {
    const tags = image.RepoTags ?? [];
    if (tags.includes(current) || clock.now() - image.Created * 1000 < 86_400_000) continue;
    // One that a container uses is refused, and stays until that cluster has gone.
    for (const tag of tags)
      await docker
        .getImage(tag)
        .remove()
        .catch(() => undefined);
  }
}
