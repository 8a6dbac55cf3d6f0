import { allKinds, kinds } from '../../../api/scheme.ts';
import type { Client } from '../../../client/client.ts';
import { drain } from '../../../cluster/drain.ts';
import type { Clock } from '../../../util/clock.ts';
import { messageOf } from '../../../util/errors.ts';
import { silentLogger } from '../../../util/log.ts';
import type { Command, Happening } from './state.ts';

/** What the screen works a cluster with. */
export interface DashTools {
  client: Client;
  clock: Clock;
  signal: AbortSignal;
  /** Absent where the cluster is not one of Shoal's: its nodes' machines are then out of reach. */
  nodes?: { kill(node: string): Promise<void>; start(node: string): Promise<void> };
  /** Opens it in a browser; resolves to a sentence that says what was done. */
  open(service: { name: string; namespace: string } | undefined): Promise<string>;
  why(ref: { kind: string; name: string; namespace?: string }, width: number): Promise<string[]>;
  logs(pod: { name: string; namespace: string; container: string }, signal: AbortSignal): AsyncIterable<string[]>;
  /** A shell in the pod, on the terminal that the screen has given back; resolves to what to say of it. */
  shell(pod: { name: string; namespace: string; container: string }): Promise<string>;
}

export interface CommandTools {
  tell(happening: Happening): void;
  suspend(work: () => Promise<void>): Promise<void>;
  width(): number;
}

/** Does what keys ask for, and says on the screen how it went. */
export function commandRunner(tools: DashTools): (command: Command, screen: CommandTools) => void {
  let log: AbortController | undefined;
  const stopLog = (): void => {
    log?.abort();
    log = undefined;
  };
  tools.signal.addEventListener('abort', stopLog, { once: true });
  return (command, screen) => {
    if (command.kind === 'stop-logs') {
      stopLog();
      return;
    }
    if (command.kind === 'logs') {
      stopLog();
      log = new AbortController();
      void showLog(tools, command.pod, screen, log.signal);
      return;
    }
    const failed = (thrown: unknown): void => screen.tell({ kind: 'notice', notice: { text: messageOf(thrown), style: 'bad' } });
    void perform(tools, command, screen).then((text) => {
      if (text !== undefined) screen.tell({ kind: 'notice', notice: { text, style: 'good' } });
    }, failed);
  };
}

type Performed = Exclude<Command, { kind: 'logs' | 'stop-logs' }>;

async function perform(tools: DashTools, command: Performed, screen: CommandTools): Promise<string | undefined> {
  const { client } = tools;
  switch (command.kind) {
    case 'scale': {
      const { workload, replicas } = command;
      const kind = allKinds.find((each) => each.kind === workload.kind && each.group === 'apps');
      if (kind === undefined) return undefined;
      await client.patch(kind, workload.name, workload.namespace, { spec: { replicas } }, { subresource: 'scale' });
      return `${workload.kind} ${workload.name} is to have ${replicas} replicas.`;
    }
    case 'delete-pod': {
      const { pod, now } = command;
      await client.delete(kinds.Pod, pod.name, pod.namespace, now ? { gracePeriodSeconds: 0 } : {});
      return `Pod ${pod.name} is ${now ? 'gone' : 'being deleted'}.`;
    }
    case 'cordon':
    case 'uncordon':
      await client.patch(kinds.Node, command.node.name, undefined, { spec: { unschedulable: command.kind === 'cordon' } });
      return `Node ${command.node.name} takes ${command.kind === 'cordon' ? 'no new pods' : 'pods again'}.`;
    case 'drain':
      await drain({ clock: tools.clock, log: silentLogger, signal: tools.signal }, client, command.node.name);
      return `Node ${command.node.name} is drained; c lets it have pods again.`;
    case 'kill-node':
    case 'start-node':
      return workNode(tools, command.kind, command.node.name, screen);
    case 'open':
      return tools.open(command.service);
    case 'why':
      screen.tell({
        kind: 'popup',
        title: `Why ${command.ref.kind.toLowerCase()}/${command.ref.name}`,
        lines: await tools.why(command.ref, screen.width()),
      });
      return undefined;
    case 'exec':
      return inShell(tools, command.pod, screen);
    case 'quit':
      return undefined;
  }
}

async function workNode({ nodes }: DashTools, kind: 'kill-node' | 'start-node', name: string, screen: CommandTools): Promise<string> {
  if (nodes === undefined) throw new Error("This is not one of Shoal's clusters: its machines are out of reach.");
  screen.tell({ kind: 'notice', notice: { text: kind === 'kill-node' ? `Killing ${name}…` : `Starting ${name}…`, style: 'busy' } });
  await (kind === 'kill-node' ? nodes.kill(name) : nodes.start(name));
  return kind === 'kill-node' ? `${name} is dead; x starts it again.` : `${name} is Ready.`;
}

type Pod = Extract<Command, { kind: 'exec' }>['pod'];

async function inShell(tools: DashTools, { name, namespace, containers: [container = ''] }: Pod, screen: CommandTools): Promise<string> {
  let said = '';
  let failure: unknown;
  await screen.suspend(async () => {
    try {
      said = await tools.shell({ name, namespace, container });
    } catch (thrown) {
      failure = thrown;
    }
  });
  if (failure !== undefined) throw failure;
  return said;
}

async function showLog(tools: DashTools, pod: Pod, screen: CommandTools, signal: AbortSignal): Promise<void> {
  const { uid, name, namespace, containers } = pod;
  const [container = ''] = containers;
  try {
    for await (const lines of tools.logs({ name, namespace, container }, signal)) screen.tell({ kind: 'log', uid, lines });
    screen.tell({ kind: 'log', uid, lines: [], ended: true });
  } catch (thrown) {
    screen.tell({ kind: 'log', uid, lines: [messageOf(thrown)], ended: true });
  }
}
