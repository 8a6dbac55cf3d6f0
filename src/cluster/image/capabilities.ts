import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { boundingCapabilities, capabilitiesInMask, capabilityNames } from '../../util/capabilities.ts';
import { messageOf } from '../../util/errors.ts';

/** On a node image: what the engine that built it can give to a container. */
export const capabilityLabel = 'dev.shoal.capabilities';

/**
 * The engine's own bounding set: asking for more makes runc fail with "unable to apply caps". The API does not tell it, so
 * a container in the engine's pid namespace reads it from the engine's process. Where that process cannot be seen (an engine
 * in another namespace), containers of the engine are asked with this process's own set.
 */
export async function engineCapabilities(docker: Docker, image: string): Promise<string[]> {
  // `comm` is cut to 15 characters, long enough for both names.
  const script = `for name in dockerd containerd; do
    for status in /proc/[0-9]*/status; do
      if grep -q "^Name:[[:space:]]$name$" "$status" 2>/dev/null; then grep ^CapBnd: "$status"; exit; fi
    done
  done`;
  const output = await runOnce(docker, image, ['/bin/sh', '-c', script], { PidMode: 'host' });
  const mask = /CapBnd:\s*([0-9a-f]+)/.exec(output)?.[1];
  const own = boundingCapabilities();
  return known(docker, image, mask !== undefined ? capabilitiesInMask(mask) : own.length > 0 ? own : [...capabilityNames]);
}

/** Leaves out what the engine is too old to know by name; it says so one name at a time, when a container is created. */
async function known(docker: Docker, image: string, wanted: string[]): Promise<string[]> {
  try {
    const CapAdd = wanted.map((name) => `CAP_${name.toUpperCase()}`);
    const container = await docker.createContainer({ Image: image, HostConfig: { CapAdd, NetworkMode: 'none' } });
    await container.remove({ v: true });
    return wanted;
  } catch (thrown) {
    const stranger = /unknown capability: "CAP_(\w+)"/.exec(messageOf(thrown))?.[1]?.toLowerCase();
    if (stranger === undefined || !wanted.includes(stranger)) throw thrown;
    return known(
      docker,
      image,
      wanted.filter((name) => name !== stranger),
    );
  }
}

/** Runs a command in a throw-away container without network and returns what it printed. */
async function runOnce(docker: Docker, image: string, command: string[], host: Docker.HostConfig): Promise<string> {
  const container = await docker.createContainer({
    Image: image,
    Entrypoint: command,
    Cmd: [],
    Labels: { 'dev.shoal.probe': 'true' },
    HostConfig: { NetworkMode: 'none', ...host },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const stdout = new PassThrough();
    docker.modem.demuxStream(stream, stdout, new PassThrough().resume());
    stream.once('end', () => stdout.end());
    await container.start();
    return await text(stdout);
  } finally {
    await container.remove({ force: true, v: true });
  }
}
