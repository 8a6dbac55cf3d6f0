import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

/** One verb, one file: adds itself to the program (or to the noun it belongs under). */
export type Register = (parent: Command, cli: CliContext) => void;

/** The cluster that a command is about: `--name`, else `$SHOAL_CLUSTER_NAME`, else `shoal`. */
export const DEFAULT_NAME = 'shoal';
export const clusterName = (cli: CliContext, given: string | undefined): string => given ?? cli.env['SHOAL_CLUSTER_NAME'] ?? DEFAULT_NAME;
