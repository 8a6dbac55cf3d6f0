import type { Command } from 'commander';

const head = `# Command line reference

Written by \`npm run generate\` from the commands themselves; \`shoal COMMAND --help\` prints the same. Exit codes and error codes are in
[errors.md](errors.md). Results go to standard output, progress and everything else meant for people to standard error.
`;

/** Markdown of every command that `--help` shows, each with its flags and examples. */
export function cliReference(program: Command): string {
  const sections: string[] = [];
  const walk = (command: Command, path: string): void => {
    const below = command
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help');
    sections.push(`## ${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
    for (const child of below) walk(child, `${path} ${child.name()}`);
  };
  walk(program, program.name());
  return `${head}\n${sections.join('\n')}`;
}

/** As printed on a terminal of 100 columns, with the texts that come after the flags. */
function helpOf(command: Command): string {
  const parts: string[] = [];
  command.configureOutput({ writeOut: (text) => void parts.push(text), getOutHelpWidth: () => 100, getOutHasColors: () => false });
  command.outputHelp();
  return parts.join('').trim();
}
