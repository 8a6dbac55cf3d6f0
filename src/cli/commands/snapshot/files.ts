import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readManifest } from '../../../cluster/snapshots/archive.ts';
import {
  deleteSnapshot,
  existingSnapshotFile,
  listSnapshots,
  newSnapshotFile,
  snapshotFile,
  snapshotsDirectory,
} from '../../../cluster/snapshots/files.ts';
import { messageOf, ShoalError } from '../../../util/errors.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import { outputFormat, printJson, table } from '../../output.ts';
import { size } from './size.ts';

export interface FileFlags extends GlobalOptions {
  as?: string;
  output?: string;
}

export async function list(cli: CliContext, flags: FileFlags): Promise<void> {
  const format = outputFormat(flags.output);
  const found = await listSnapshots(snapshotsDirectory(cli.env));
  if (format === 'json') printJson(cli, found);
  else if (format === 'name') cli.stdout.write(found.map(({ name }) => `${name}\n`).join(''));
  else if (found.length === 0) cli.stderr.write('There are no snapshots. Make one with: shoal snapshot save\n');
  else {
    const rows = found.map((one) => [
      one.name,
      one.simulated ? `${one.cluster}, simulated` : one.cluster,
      one.createdAt.slice(0, 19).replace('T', ' '),
      String(one.nodes.length),
      String(one.pods),
      size(one.volumes.reduce((sum, { bytes }) => sum + bytes, 0)),
      size(one.bytes),
    ]);
    cli.stdout.write(table(['NAME', 'CLUSTER', 'CREATED (UTC)', 'NODES', 'PODS', 'VOLUMES', 'SIZE'], rows));
  }
}

/** Copies a snapshot to a file, or to standard output. */
export async function exportTo(cli: CliContext, name: string, target: string): Promise<void> {
  const file = await existingSnapshotFile(snapshotsDirectory(cli.env), name);
  if (target === '-') {
    // Who reads it may end first; nothing of this process may be closed by that.
    await pipeline(createReadStream(file), cli.stdout as Writable, { end: false });
    return;
  }
  await copyFile(file, target).catch((cause: unknown) => {
    throw new ShoalError('USAGE', `${target} cannot be written: ${messageOf(cause)}`, { next: 'Name a file in a directory that exists.' });
  });
  cli.stdout.write(`Exported ${name} to ${target}.\n`);
}

/** Takes a snapshot in from a file, or from standard input. */
export async function importFrom(cli: CliContext, source: string, flags: FileFlags): Promise<void> {
  const directory = snapshotsDirectory(cli.env);
  const draft = await newSnapshotFile(directory, `import-${process.pid}`);
  try {
    const input = source === '-' ? cli.stdin : createReadStream(source);
    await pipeline(input, createWriteStream(draft, { mode: 0o600 })).catch((cause: unknown) => {
      throw new ShoalError('CONFIG_UNREADABLE', `${source} cannot be read: ${messageOf(cause)}`, {
        next: 'Name an existing file, or - for standard input.',
      });
    });
    const manifest = await readManifest(draft);
    const name = flags.as ?? manifest.name;
    await newSnapshotFile(directory, name);
    await rename(draft, snapshotFile(directory, name));
    cli.stdout.write(`Imported ${name}, of cluster ${manifest.cluster}. Bring it back with: shoal snapshot restore ${name}\n`);
  } finally {
    await rm(draft, { force: true });
  }
}

export async function remove(cli: CliContext, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await deleteSnapshot(snapshotsDirectory(cli.env), name);
    cli.stdout.write(`Deleted snapshot ${name}.\n`);
  }
}
