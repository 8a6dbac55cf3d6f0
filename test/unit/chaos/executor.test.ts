import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/api/status.ts';
import { createExecutor, type Handler, type Injection } from '../../../src/chaos/executor.ts';
import { type Fault, faultKind } from '../../../src/chaos/fault.ts';
import { fileJournal, leftovers } from '../../../src/chaos/node/journal.ts';
import { fillBytes } from '../../../src/chaos/node/load.ts';
import { victims } from '../../../src/chaos/node/processes.ts';
import { conditionsOf, phaseOf } from '../../../src/chaos/phase.ts';
import type { Client } from '../../../src/client/client.ts';
import type { Informer, InformerHandlers } from '../../../src/client/informer.ts';
import { silentLogger } from '../../../src/util/log.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

const fault = (change: Partial<Fault['status']> = {}, metadata: Partial<Fault['metadata']> = {}): Fault => ({
  metadata: { name: 'f', uid: 'u1', ...metadata },
  spec: { duration: '30s', nodes: { names: ['n'] }, node: { action: 'Kill' } },
  status: { startedAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T00:00:30.000Z', targets: { n: { state: 'Pending' } }, ...change },
});

function executing(handler: Partial<Handler> = {}) {
  const clock = virtualClock();
  const did: string[] = [];
  const reports: unknown[] = [];
  const noted: number[] = [];
  let present: Fault | undefined;
  let reachable = true;
  const handlers = new Set<InformerHandlers<Fault>>();
  const faults = {
    kind: faultKind,
    get: () => present,
    on: (one: InformerHandlers<Fault>) => void handlers.add(one),
  } as unknown as Informer<Fault>;
  const client = {
    async patch(_kind: unknown, _name: string, _namespace: unknown, patch: { status: unknown }) {
      if (!reachable) throw new ApiError('ServiceUnavailable', 'cut off');
      reports.push(patch.status);
    },
  } as unknown as Client;
  const executor = createExecutor({
    name: 'test',
    faults,
    client,
    clock,
    log: silentLogger,
    mine: () => ['n'],
    handler: () => ({
      inject: async ({ target }: Injection) => void did.push(`inject ${target}`),
      undo: async ({ target }: Injection) => void did.push(`undo ${target}`),
      ...handler,
    }),
    journal: { write: async (all) => void noted.push(all.length) },
  });
  executor.spec.watch(() => undefined);
  return {
    clock,
    did,
    reports,
    noted,
    executor,
    cut: () => {
      reachable = false;
    },
    see(next: Fault | undefined) {
      present = next;
      return executor.spec.reconcile('f');
    },
  };
}

describe('an executor', () => {
  it('notes a fault before it makes it, and undoes it at the deadline though nobody can be told', async () => {
    const { clock, did, reports, noted, cut, see, executor } = executing();
    await see(fault());
    expect(did).toEqual(['inject n']);
    expect(noted).toEqual([1]);
    expect(reports).toEqual([{ targets: { n: { state: 'Injected', message: null } } }]);
    cut();
    await clock.advance(29_999);
    expect(did).toEqual(['inject n']);
    await clock.advance(1);
    expect(did).toEqual(['inject n', 'undo n']);
    expect([noted, executor.active]).toEqual([[1, 0], 0]);
  });

  it('undoes what is deleted, politely or by force, and tells it when it can', async () => {
    const { did, reports, see } = executing();
    await see(fault());
    await see(fault({ targets: { n: { state: 'Injected' } } }, { deletionTimestamp: '2026-01-01T00:00:05Z' }));
    expect(did).toEqual(['inject n', 'undo n']);
    expect(reports.at(-1)).toEqual({ targets: { n: { state: 'Undone', message: null } } });
    const forced = executing();
    await forced.see(fault());
    await forced.see(undefined);
    expect(forced.did).toEqual(['inject n', 'undo n']);
  });

  it('tries to undo until it succeeds', async () => {
    let failures = 3;
    const { clock, did, see } = executing({
      async undo() {
        if (failures-- > 0) throw new Error('not now');
        did.push('undone at last');
      },
    });
    await see(fault());
    await clock.advance(60_000);
    expect(did).toEqual(['inject n', 'undone at last']);
  });

  it('reports a fault that a restart ended, and does not make it again', async () => {
    const { did, reports, see } = executing();
    await see(fault({ targets: { n: { state: 'Injected' } } }));
    expect(did).toEqual([]);
    expect(reports).toEqual([{ targets: { n: { state: 'Undone', message: 'a restart ended it' } } }]);
  });

  it('makes a momentary fault once, whatever old news say', async () => {
    const { did, see, reports } = executing({ momentary: true });
    await see(fault());
    await see(fault());
    expect(did).toEqual(['inject n', 'undo n']);
    expect(reports.at(-1)).toEqual({ targets: { n: { state: 'Undone', message: null } } });
  });

  it('clears away what it could make only in part', async () => {
    const { did, reports, see } = executing({ inject: () => Promise.reject(new Error('no such device')) });
    await see(fault());
    expect(did).toEqual(['undo n']);
    expect(reports).toEqual([{ targets: { n: { state: 'Failed', message: 'no such device' } } }]);
  });

  it('follows addresses that change', async () => {
    const { did, see } = executing();
    await see(fault({ targets: { n: { state: 'Pending', traffic: { from: ['a'], to: ['b'] } } } }));
    await see(fault({ targets: { n: { state: 'Injected', traffic: { from: ['a', 'c'], to: ['b'] } } } }));
    expect(did).toEqual(['inject n', 'undo n', 'inject n']);
  });
});

describe('the journal', () => {
  it('is a file while there are faults', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'shoal-journal-'));
    const path = join(directory, 'faults.json');
    const journal = fileJournal(path);
    expect(leftovers(path)).toEqual([]);
    const one: Injection = { id: 'u', fault: 'f', action: 'NodeKill', spec: { duration: '1s' }, target: 'n', until: 1 };
    await journal.write([one]);
    expect(leftovers(path)).toEqual([one]);
    await journal.write([]);
    expect(leftovers(path)).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});

describe('what dies with a node', () => {
  it('is all but its power supply, the agent, and what the agent started', () => {
    const process = (pid: number, parent: number, command: string, state = 'S') => ({ pid, parent, command, state });
    const all = [
      process(1, 0, 'node-init'),
      process(7, 1, 'runsvdir'),
      process(8, 7, 'runsv'),
      process(9, 8, 'node'),
      process(10, 9, 'socat'),
      process(11, 10, 'sh'),
      process(12, 7, 'runsv'),
      process(13, 12, 'dockerd'),
      process(14, 1, 'containerd-shim'),
      process(15, 14, 'nginx'),
      process(16, 14, 'gone', 'Z'),
    ];
    expect(victims(all, 9).map(({ pid }) => pid)).toEqual([13, 14, 15]);
  });
});

describe('filling a disk', () => {
  const disk = { total: 100 * 2 ** 30, free: 40 * 2 ** 30 };
  it('goes by size, or by how full it is to be', () => {
    expect(fillBytes({ size: '5Gi' }, disk)).toBe(5 * 2 ** 30);
    expect(fillBytes({ percent: 90 }, disk)).toBe(30 * 2 ** 30);
    expect(fillBytes({ percent: 10 }, disk)).toBe(0);
  });
  it('leaves the machine some', () => {
    expect(() => fillBytes({ size: '39.5Gi' }, disk)).toThrow('it would leave 512 MiB');
  });
});

describe('the phase of a fault', () => {
  const states = (...all: ('Pending' | 'Injected' | 'Undone' | 'Unsupported' | 'Failed')[]) => all.map((state) => ({ state }));
  it.each([
    [states('Pending'), false, 'Pending'],
    [states('Pending', 'Injected'), false, 'Active'],
    [states('Injected', 'Undone'), true, 'Undoing'],
    [states('Pending'), true, 'Undoing'],
    [states('Undone', 'Unsupported'), false, 'Undone'],
    [states('Unsupported'), false, 'Unsupported'],
    [states('Unsupported', 'Failed'), false, 'Failed'],
  ])('of %o, ending: %s, is %s', (targets, ending, phase) => {
    expect(phaseOf(targets, ending)).toBe(phase);
  });

  it('says on which targets it could not be made, and keeps what was once true', () => {
    const targets = [
      { name: 'a', state: 'Injected' as const },
      { name: 'b', state: 'Unsupported' as const, message: 'no tun' },
    ];
    const active = conditionsOf(targets, 'Active', [], 'now');
    expect(active).toMatchObject([
      { type: 'Injected', status: 'True', reason: 'PartlyInjected', message: 'b: no tun' },
      { type: 'Undone', status: 'False', reason: 'Active' },
    ]);
    const undone = conditionsOf([{ name: 'a', state: 'Undone' }], 'Undone', active, 'later');
    expect(undone).toMatchObject([
      { type: 'Injected', status: 'True', lastTransitionTime: 'now' },
      { type: 'Undone', status: 'True', lastTransitionTime: 'later' },
    ]);
  });
});
