import { spawn } from 'node:child_process';
import { actions } from '../chaos/actions.ts';
import { createExecutor } from '../chaos/executor.ts';
import { type Fault, faultKind, isFinished } from '../chaos/fault.ts';
import { unsupported } from '../chaos/handlers/simulated.ts';
import { agentHandlers, isAgents } from '../chaos/node/handlers.ts';
import { fileJournal, leftovers } from '../chaos/node/journal.ts';
import { agentGroup, faultVariable } from '../chaos/node/names.ts';
import type { NodeAccess } from '../chaos/node/node.ts';
import { signalAll, withVariable } from '../chaos/node/processes.ts';
import { agentRules, withoutAgentRules } from '../chaos/node/rules.ts';
import { createHttpsClient } from '../client/https.ts';
import { createInformerFactory } from '../client/informers.ts';
import { runController } from '../client/run-controller.ts';
import { nodePaths, readKubeletConfig, readKubeletPki } from '../cluster/role-config.ts';
import { run } from '../network/command.ts';
import { systemClock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import { createLogger, type Logger } from '../util/log.ts';
import { terminated } from './process.ts';

const clock = systemClock;
/** How long it stays when there is nothing to do any more. */
const idleMs = 10_000;
const journalPath = `${nodePaths.data}/faults.json`;

/**
 * `shoal faults`: makes and undoes the faults of one real node, inside its container. A process of its own, so that it outlives
 * what it kills; it undoes everything when it is asked to end, and what a predecessor left when it starts.
 */
export async function runFaultAgent(): Promise<void> {
  // Before the first connection: a node that is cut off lets only this group's through.
  process.setgid?.(agentGroup);
  const log = createLogger('faults');
  const { nodeName, apiServer, pki: directory } = readKubeletConfig();
  const handlers = agentHandlers(nodeAccess(log));
  await undoLeftovers(handlers, log);
  await run('nft', ['-f', '-'], agentRules());
  const pki = readKubeletPki(directory);
  const client = createHttpsClient({
    server: apiServer,
    ca: pki.ca,
    ...pki.client,
    clock,
    userAgent: `shoal-faults/${nodeName}`,
  });
  const informers = createInformerFactory({ client, clock, log: log.for('informers') });
  const faults = informers.informer(faultKind);
  const isMine = ({ status }: Fault): boolean => actionExecutor(status?.action) === 'agent' && status?.targets?.[nodeName] !== undefined;
  const executor = createExecutor({
    name: 'faults',
    faults,
    client,
    clock,
    log,
    mine: (fault, action) => (isAgents(action) && isMine(fault) ? [nodeName] : []),
    handler: (action) => (isAgents(action) ? handlers[action] : unsupported(`${action} is not the agent's`)),
    journal: fileJournal(journalPath),
  });
  const stop = new AbortController();
  const running = runController(executor.spec, { clock, log, signal: stop.signal });
  const goWhenIdle = (): void =>
    void clock.after(idleMs, () => {
      const busy = executor.active > 0 || !faults.hasSynced || faults.list().some((fault) => isMine(fault) && !isFinished(fault));
      if (busy) goWhenIdle();
      else run('sv', ['down', '/run/service/faults']).catch((thrown: unknown) => log.warn(messageOf(thrown)));
    });
  goWhenIdle();
  await terminated();
  stop.abort();
  await executor.stop();
  await running;
  informers.stop();
  client.close();
  await run('nft', ['-f', '-'], withoutAgentRules());
}

const actionExecutor = (action: string | undefined): string | undefined =>
  Object.entries(actions).find(([name]) => name === action)?.[1].executor;

async function undoLeftovers(handlers: ReturnType<typeof agentHandlers>, log: Logger): Promise<void> {
  const left = leftovers(journalPath);
  for (const injection of left) {
    log.info(`${injection.fault}: undoing ${injection.action}, which was there before`);
    if (isAgents(injection.action)) await handlers[injection.action].undo(injection);
  }
  await fileJournal(journalPath).write([]);
}

function nodeAccess(log: Logger): NodeAccess {
  return {
    clock,
    log,
    run,
    data: nodePaths.data,
    start(id, program, args) {
      const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, [faultVariable]: id } });
      child.on('error', (thrown) => log.warn(`${program}: ${messageOf(thrown)}`));
      return child;
    },
    endFault: (id) => signalAll('SIGKILL', () => withVariable(faultVariable, id), clock),
  };
}
