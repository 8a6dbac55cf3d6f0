import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ClusterAccess } from '../../cluster/context.ts';
import { renderKubeconfig } from '../../cluster/kubeconfig.ts';
import type { Lesson } from '../../lessons/lesson.ts';
import { ShoalError } from '../../util/errors.ts';
import type { CliContext } from '../context.ts';
import { writeFiles } from './files.ts';

/** Whether a program is on the PATH. */
export function isInstalled(program: string, env: CliContext['env']): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Where kubectl comes from, in a sentence. */
export const howToGetKubectl = 'Install it: https://kubernetes.io/docs/tasks/tools/ (one file; any recent version will do).';

/**
 * Runs the commands of a step's solution as the learner would, each after saying it, in a folder that holds the lesson's files and
 * with a kubeconfig that points at the lesson's namespace. Throws KUBECTL_MISSING, LESSON_COMMAND_FAILED.
 */
export async function runSolution(cli: CliContext, lesson: Lesson, step: number, access: ClusterAccess, cluster: string): Promise<void> {
  if (!isInstalled('kubectl', cli.env)) {
    throw new ShoalError('KUBECTL_MISSING', 'kubectl is not installed, and solutions are made of it', { next: howToGetKubectl });
  }
  const directory = await mkdtemp(join(tmpdir(), 'shoal-lesson-'));
  try {
    const kubeconfig = join(directory, 'kubeconfig');
    await writeFile(kubeconfig, renderKubeconfig({ ...access, namespace: lesson.namespace }), { mode: 0o600 });
    await writeFiles(lesson, directory);
    const env = { ...cli.env, KUBECONFIG: kubeconfig, SHOAL_CLUSTER_NAME: cluster };
    for (const command of lesson.steps[step]?.solution ?? []) {
      cli.stdout.write(`$ ${command.trimEnd()}\n`);
      const code = await (command.startsWith('shoal ')
        ? runShoal(command, { ...cli, env })
        : runShell(command, directory, { ...cli, env }));
      if (code === 0) continue;
      throw new ShoalError('LESSON_COMMAND_FAILED', `\`${command.trimEnd()}\` ended with exit code ${code}`, {
        next: 'Its output is above; `shoal lesson reset` starts the lesson afresh.',
      });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** In this process: the executable need not be on the PATH. */
async function runShoal(command: string, cli: CliContext): Promise<number> {
  const { runCli } = await import('../cli.ts');
  return runCli(command.trim().split(/\s+/).slice(1), cli);
}

function runShell(command: string, directory: string, cli: CliContext): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { cwd: directory, env: cli.env, stdio: ['ignore', 'pipe', 'pipe'], signal: cli.signal });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void cli.stdout.write(chunk.toString()));
    child.once('error', (failure) => reject(cli.signal.aborted ? cli.signal.reason : failure));
    child.once('close', (code) => resolve(code ?? 1));
  });
}
