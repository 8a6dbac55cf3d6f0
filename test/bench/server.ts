import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createHttpsClient } from '../../src/client/https.ts';
import { repositoryRoot } from '../../src/cluster/image/assets.ts';
import { clustersDirectory, filesIn } from '../../src/cluster/simulated/files.ts';
import { endProcess, launch } from '../../src/cluster/simulated/process.ts';
import { delay, systemClock } from '../../src/util/clock.ts';
import { execute } from '../support/clients.ts';
import { type OverTls, overTls } from './api.ts';
import { type Figures, figures, round, say, timed } from './measure.ts';

export interface ServerReport extends OverTls {
  /** From the start of the process until the API server, scheduler and controllers run, with a new store. */
  startMs: Figures;
  /** Resident set of the process, 30 s after its start. */
  idleRssMiB: number;
}

const name = 'bench-server';
const settleMs = 30_000;
const clock = systemClock;

/** `shoal server --simulated` as a process of its own, its store on the disk, and this process as its client. */
export async function server(): Promise<ServerReport> {
  const home = mkdtempSync(join(tmpdir(), 'shoal-bench-server-'));
  const env = {
    XDG_STATE_HOME: home,
    KUBECONFIG: join(home, 'kubeconfig'),
    // As bin/shoal has it.
    NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/shoal-code'),
  };
  const shoal = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await execute(join(repositoryRoot, 'bin/shoal'), args, { env });
    if (code !== 0) throw new Error(`shoal ${args.join(' ')} exited with ${code}: ${stderr}`);
  };
  try {
    await shoal('up', '--simulate', '--workers', '1', '--name', name);
    const files = filesIn(join(clustersDirectory(env), name));
    const starts: number[] = [];
    for (let run = 0; run < 5; run++) {
      await endProcess(files, { clock, graceMs: 10_000 });
      for (const suffix of ['', '-wal', '-shm']) await rm(files.store + suffix, { force: true });
      const { ms } = await timed(() => launch(files, { ...process.env, ...env }, new AbortController().signal));
      starts.push(ms);
    }
    say(`server: waiting ${settleMs / 1000} s for it to be idle`);
    await delay(clock, settleMs);
    const idleRssMiB = residentMiB(Number(readFileSync(files.pid, 'utf8')));
    const client = createHttpsClient({ ...accessIn(env.KUBECONFIG), clock });
    try {
      return { startMs: figures(starts), idleRssMiB, ...(await overTls(client)) };
    } finally {
      client.close();
    }
  } finally {
    await shoal('down', name);
    rmSync(home, { recursive: true });
  }
}

const residentMiB = (pid: number): number =>
  round(Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024);

/** The one cluster and the one user of a kubeconfig. */
function accessIn(path: string): { server: string; ca: string; cert: string; key: string } {
  const { clusters, users } = parse(readFileSync(path, 'utf8')) as {
    clusters: { cluster: Record<string, string> }[];
    users: { user: Record<string, string> }[];
  };
  const cluster = clusters[0]?.cluster ?? {};
  const user = users[0]?.user ?? {};
  const decoded = (text = ''): string => Buffer.from(text, 'base64').toString();
  return {
    server: cluster['server'] ?? '',
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  };
}
