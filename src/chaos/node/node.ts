import type { ChildProcess } from 'node:child_process';
import type { Clock } from '../../util/clock.ts';
import type { Logger } from '../../util/log.ts';

/** The node as its faults reach it. */
export interface NodeAccess {
  clock: Clock;
  log: Logger;
  /** Runs a program to its end; rejects with what it wrote to standard error. */
  run(program: string, args: string[], input?: string): Promise<string>;
  /** Starts a program that the fault of this id keeps running; `endFault(id)` ends it and its children. */
  start(id: string, program: string, args: string[]): ChildProcess;
  /** Resolves when none of them is left, those of a predecessor of this process included. */
  endFault(id: string): Promise<void>;
  /** Where pods' volumes lie. */
  data: string;
}

/** Runs a shell script; its exit code decides. */
export const sh = (node: NodeAccess, script: string): Promise<string> => node.run('/bin/sh', ['-euc', script]);
