import type { Diagnosis } from '../../cluster/doctor/doctor.ts';
import { ShoalError } from '../../util/errors.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { outputFormat, printJson } from '../output.ts';
import type { Register } from './command.ts';

interface DoctorFlags extends GlobalOptions {
  fix?: boolean;
  output?: string;
}

const marks: Record<Diagnosis['state'], string> = { ok: '✓', unknown: '-', warning: '!', problem: '✗' };

export async function doctor(cli: CliContext, flags: DoctorFlags): Promise<void> {
  const [{ diagnose }, { thisMachine }] = await Promise.all([
    import('../../cluster/doctor/doctor.ts'),
    import('../../cluster/doctor/machine.ts'),
  ]);
  const look = async (): Promise<Diagnosis[]> =>
    diagnose(await thisMachine({ clock: cli.clock, env: cli.env, note: (text) => void cli.stderr.write(`${text}\n`) }));
  let found = await look();
  if (flags.fix === true) {
    const fixes = found.flatMap((one) => ('fix' in one && one.fix !== undefined ? [one.fix] : []));
    for (const fix of fixes) {
      cli.stderr.write(`shoal: ${fix.does}\n`);
      await fix.run();
    }
    if (fixes.length > 0) found = await look();
  }
  if (outputFormat(flags.output) === 'json')
    printJson(
      cli,
      found.map(({ check, state, says, ...rest }) => ({ check, state, says, ...('next' in rest ? { next: rest.next } : {}) })),
    );
  else cli.stdout.write(found.map(lines).join(''));
  const problems = found.filter(({ state }) => state === 'problem');
  if (problems.length > 0) {
    const next = 'The lines marked ✗ say what to do.';
    throw new ShoalError(
      'UNHEALTHY_MACHINE',
      `${problems.map(({ check }) => check).join(', ')}: clusters of containers will not work here`,
      { next },
    );
  }
}

function lines(one: Diagnosis): string {
  const next = 'next' in one ? `  ${' '.repeat(14)}${one.next}\n` : '';
  return `${marks[one.state]} ${one.check.padEnd(14)}${one.says}\n${next}`;
}

export const registerDoctor: Register = (program, cli) => {
  const command = program
    .command('doctor')
    .description('look for the usual troubles of a machine: engine, limits, disk, names, leftovers')
    .option('--fix', 'mend what can be mended')
    .option('-o, --output <format>', 'json for programs');
  command.addHelpText('after', '\nExamples:\n  shoal doctor\n  shoal doctor --fix\n');
  command.action(() => doctor(cli, command.optsWithGlobals<DoctorFlags>()));
};
