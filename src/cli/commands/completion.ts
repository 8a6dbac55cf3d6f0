import type { Command } from 'commander';
import type { ClusterStatus } from '../../cluster/context.ts';
import { type CliContext, withClusters } from '../context.ts';
import type { Register } from './command.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

const howTo = `
Examples:
  source <(shoal completion bash)                                    # this shell, with the package bash-completion; ~/.bashrc keeps it
  source <(shoal completion zsh)                                     # likewise, ~/.zshrc
  shoal completion fish > ~/.config/fish/completions/shoal.fish
  shoal completion powershell | Out-String | Invoke-Expression       # into $PROFILE to keep it
`;

/** `shoal completion SHELL` prints a script; it asks `shoal complete -- WORDS` for what could come next. */
export const registerCompletion: Register = (program, cli) => {
  const scripts = program.command('completion').description('print a completion script for a shell').addHelpText('after', howTo);
  scripts.addArgument(scripts.createArgument('<shell>', 'the shell').choices(shells)).action(async (shell: string) => {
    const { script } = await import('@bomb.sh/tab');
    script(shell, program.name(), program.name());
  });
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => complete(program, cli, words));
};

async function complete(program: Command, cli: CliContext, words: string[]): Promise<void> {
  const { completionsOf } = await import('../completions.ts');
  const clusters = await present(cli);
  const nodes = clusters.flatMap((cluster) => cluster.nodes.map((node) => node.name));
  completionsOf(program, { clusters: clusters.map(({ name }) => name), nodes }, words.at(-1) ?? '').parse(words);
}

/** Without an engine there is nothing to complete, and no place to say so. */
const present = (cli: CliContext): Promise<ClusterStatus[]> => withClusters(cli, { quiet: true }, (every) => every.list()).catch(() => []);
