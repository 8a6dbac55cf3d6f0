import type { EngineStatus } from '../engine/engine.ts';

/** What checks look at and mend: this machine and its engine. Tests hand in another. */
export interface Machine {
  platform: NodeJS.Platform;
  /** Whether this process may change the machine's settings. */
  root: boolean;
  env: Record<string, string | undefined>;
  /** Undefined for what does not exist or may not be read. */
  read(path: string): string | undefined;
  write(path: string, text: string): void;
  /** Standard output of a command; undefined when it cannot be run or fails. */
  output(command: string, args: readonly string[]): Promise<string | undefined>;
  /** Free bytes of the file system that holds `path`; undefined where it is not this machine's. */
  freeBytes(path: string): Promise<number | undefined>;
  /** Addresses that a name stands for, none when it is not known. */
  addresses(name: string): Promise<string[]>;
  isPortFree(port: number): Promise<boolean>;
  engine: EngineStatus;
  startEngine(): Promise<void>;
  docker: EngineThings;
}

/** What Shoal may have left in the engine; everything is empty when no engine answers. */
export interface EngineThings {
  /** Where the engine keeps its data; undefined when it runs on another machine. */
  dataRoot(): Promise<string | undefined>;
  /** Capabilities that it can give to a container, lower case. */
  capabilities(): Promise<readonly string[]>;
  /** Clusters of which something is left though their control plane is gone. */
  remains(): Promise<Remains[]>;
  /** Node images that no container uses and that newer ones have replaced. */
  staleImages(): Promise<{ id: string; name: string; bytes: number }[]>;
  removeImage(name: string): Promise<void>;
}

export interface Remains {
  cluster: string;
  what: string;
  remove(): Promise<void>;
}

/**
 * What a check found. `ok` and `unknown` need nothing done; a `warning` is a thing to know of; a `problem` keeps clusters from
 * working.
 */
export type Finding = { state: 'ok' | 'unknown'; says: string } | { state: 'warning' | 'problem'; says: string; next: string; fix?: Fix };

export interface Fix {
  /** What it will do, in words. */
  does: string;
  run(): Promise<void>;
}

/** One trouble that users have. Looks only; changes are left to the finding's `fix`. */
export interface Check {
  name: string;
  run(machine: Machine): Promise<Finding>;
}
