import type { Command } from 'commander';
import { type ClassroomFlags, DEFAULT_CLASS } from '../classroom/attendees.ts';
import { classroomKubeconfigs } from '../classroom/kubeconfigs.ts';
import { classroomStatus } from '../classroom/status.ts';
import { classroomDown, classroomReset, classroomUp } from '../classroom/up.ts';
import type { Register } from './command.ts';
import { wholeNumber } from './up.ts';

const ofClass = (command: Command): Command =>
  command.option('--class <name>', `name of the class, with which its clusters' names begin (default: "${DEFAULT_CLASS}")`);

export const registerClassroom: Register = (program, cli) => {
  const classroom = program.command('classroom').description('a cluster for each attendee of a course, and how far each of them is');
  const up = ofClass(classroom.command('up').description('make the clusters class-01, class-02, …; those that are there stay as they are'))
    .requiredOption('--attendees <count>', 'how many', wholeNumber)
    .option('--simulate', 'simulated nodes: one process of about 150 MB for each attendee, no Docker')
    .option('--quota <sizes>', 'size of each node, such as cpu=1,memory=512Mi: what pods ask for beyond it stays pending')
    .option('--workers <count>', 'worker nodes for each attendee (default: 2)', wholeNumber)
    .option('--address <ip>', 'address of this machine at which the clusters can be reached by others (default: 127.0.0.1)')
    .addHelpText(
      'after',
      '\nExamples:\n  shoal classroom up --attendees 12 --simulate\n  shoal classroom up --attendees 4 --quota cpu=1,memory=512Mi\n',
    );
  up.action(() => classroomUp(cli, up.optsWithGlobals<ClassroomFlags>()));

  const status = ofClass(classroom.command('status').description('every attendee: cluster, nodes, pods, lessons'))
    .option('-w, --watch', 'live, until q or Ctrl-C')
    .option('-o, --output <format>', 'json, or name')
    .addHelpText('after', '\nExamples:\n  shoal classroom status --watch\n  shoal classroom status -o json\n');
  status.action(() => classroomStatus(cli, status.optsWithGlobals<ClassroomFlags>()));

  const kubeconfigs = ofClass(
    classroom.command('kubeconfigs').description("write every attendee's kubeconfig into a folder").argument('<dir>', 'the folder'),
  ).addHelpText('after', '\nExamples:\n  shoal classroom kubeconfigs handout\n');
  kubeconfigs.action((directory: string) => classroomKubeconfigs(cli, directory, kubeconfigs.optsWithGlobals<ClassroomFlags>()));

  const reset = ofClass(
    classroom
      .command('reset')
      .description("take an attendee's broken cluster back to the state after `up`")
      .argument('<attendee...>', 'class-03, or 3'),
  ).addHelpText('after', '\nExamples:\n  shoal classroom reset 3\n');
  reset.action((names: string[]) => classroomReset(cli, names, reset.optsWithGlobals<ClassroomFlags>()));

  const down = ofClass(classroom.command('down').description('remove the clusters of all attendees')).addHelpText(
    'after',
    '\nExamples:\n  shoal classroom down\n',
  );
  down.action(() => classroomDown(cli, down.optsWithGlobals<ClassroomFlags>()));
};
