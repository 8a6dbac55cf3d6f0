import { type CliContext, type GlobalOptions, withClusters } from '../context.ts';
import { existingCluster, existingClusterHelp, type Register } from './command.ts';

export interface LoadFlags extends GlobalOptions {
  name?: string;
}

/** kind says what it is that it loads: `load docker-image NAME`, `load image-archive FILE`. */
const kindNouns = ['docker-image', 'image-archive'];

export async function load(cli: CliContext, given: string[], flags: LoadFlags): Promise<void> {
  const images = given.length > 1 && kindNouns.includes(given[0] ?? '') ? given.slice(1) : given;
  const name = await withClusters(cli, flags, async (clusters) => {
    const cluster = await existingCluster(cli, clusters, flags.name);
    await clusters.load(cluster, images);
    return cluster;
  });
  cli.stdout.write(`Loaded ${images.join(', ')} into every node of ${name}.\n`);
}

export const registerLoad: Register = (program, cli) => {
  const command = program
    .command('load')
    .description("copy images of this machine's engine, or of archives, into every node")
    .argument('<image...>', 'image names, or paths of archives made by docker save')
    .option('--name <name>', existingClusterHelp)
    .addHelpText('after', '\nExamples:\n  shoal load my-app:dev\n  shoal load my-app.tar --name lab\n');
  command.action((images: string[]) => load(cli, images, command.optsWithGlobals<LoadFlags>()));
};
