import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ShoalError } from '../../util/errors.ts';
import { withAdmin } from '../access.ts';
import type { UpOptions, UpResult } from '../context.ts';
import { withFileLock } from '../file-lock.ts';
import type { Lifetime } from '../lifetime.ts';
import { type ClusterKeys, createClusterKeys, serverFiles } from '../node-files.ts';
import { placeNodes, sameShape } from '../plan.ts';
import { firstPorts, pickPort } from '../ports.ts';
import { nodePaths, pkiFiles } from '../role-config.ts';
import { runSteps, type Step } from '../run-steps.ts';
import { type ClusterSpec, controlPlaneOf } from '../spec.ts';
import { markResetPoint } from '../state/api-state.ts';
import { made } from '../steps/state.ts';
import { nodesReady } from '../wait/nodes-ready.ts';
import { defaultServiceAccount } from '../wait/service-account.ts';
import { withDeadline } from '../wait/wait.ts';
import { allClusters, filesOf, findCluster, type SimulatedContext } from './context.ts';
import { type ClusterFiles, makeDirectories, readRecord, writeJson, writePrivate } from './files.ts';
import { simulatedNodeSubnet } from './node-objects.ts';
import { endProcess, isAlive, launch } from './process.ts';
import { accessOf, knownNodes, statusOf } from './status.ts';

const defaultTimeoutMs = 120_000;
/** A port may be taken by a stranger between the look and the start; then the next one is tried this often. */
const portAttempts = 5;

interface UpState {
  context: SimulatedContext;
  /** With the ports, once they are chosen. */
  spec: ClusterSpec;
  lifetime: Lifetime;
  files: ClusterFiles;
  keys: ClusterKeys | undefined;
  missing: Map<string, string>;
  /** Nodes must have reported after this moment; 0 where there was no earlier life. Milliseconds since the epoch. */
  since: number;
}

/** See `ClusterDriver`. */
export function up(context: SimulatedContext, spec: ClusterSpec, options: UpOptions = {}): Promise<UpResult> {
  return withFileLock(`cluster-${spec.name}`, async () => {
    const record = await readRecord(filesOf(context, spec.name));
    const created = record?.complete !== true;
    if (created) {
      await discard(context, spec.name);
      tellWhatIsLeftOut(context, spec);
      await run(context, spec, createSteps(), options);
    } else {
      if (!sameShape(spec, record.spec)) {
        throw new ShoalError('CLUSTER_EXISTS', `a cluster named ${spec.name} exists, and it was asked for differently`, {
          next: `Remove it with \`shoal down ${spec.name}\`, or give this one another name.`,
        });
      }
      await startExisting(context, spec.name, options.timeoutMs);
      if (options.ttlMs !== undefined) await setExpiry(context, spec.name, context.clock.now() + options.ttlMs);
    }
    const found = await findCluster(context, spec.name);
    return { status: await statusOf(context, found), access: await accessOf(found), created };
  });
}

/** Starts the cluster's process if it does not run, and resolves when its nodes have reported. */
export async function startExisting(context: SimulatedContext, cluster: string, timeoutMs?: number): Promise<void> {
  const found = await findCluster(context, cluster);
  const steps = (await isAlive(found.files)) ? [] : [startStep];
  await run(context, found.spec, [...steps, ...waitSteps(steps.map((step) => step.id))], {
    retain: true,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

/** See `ClusterDriver`. */
export async function setExpiry(context: SimulatedContext, cluster: string, expires: number | undefined): Promise<void> {
  const { files, expires: _, ...record } = await findCluster(context, cluster);
  await writeJson(files.record, expires === undefined ? record : { ...record, expires });
}

/** Ends the process and removes the directory. Resolves to whether there was either. */
export async function discard(context: SimulatedContext, cluster: string): Promise<boolean> {
  const files = filesOf(context, cluster);
  const ended = await endProcess(files, { clock: context.clock, graceMs: 0 });
  const existed = ended || (await readRecord(files)) !== undefined;
  await Promise.all([rm(files.directory, { recursive: true, force: true }), rm(files.socket, { force: true })]);
  return existed;
}

async function run(context: SimulatedContext, spec: ClusterSpec, steps: Step<UpState>[], options: UpOptions): Promise<void> {
  const { clock, progress } = context;
  const missing = new Map<string, string>();
  const expires = options.ttlMs === undefined ? {} : { expires: clock.now() + options.ttlMs };
  const lifetime: Lifetime = { instance: options.instance ?? randomUUID(), ...expires };
  const state: UpState = { context, spec, lifetime, files: filesOf(context, spec.name), keys: undefined, missing, since: 0 };
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  await withDeadline({ clock, timeoutMs, signal: context.signal, missing, what: `cluster ${spec.name}` }, (signal) =>
    runSteps(steps, state, {
      clock,
      signal,
      ...(progress === undefined ? {} : { progress }),
      ...(options.retain === undefined ? {} : { retain: options.retain }),
    }),
  );
}

function createSteps(): Step<UpState>[] {
  return [
    {
      id: 'keys',
      label: 'Make certificates and keys',
      needs: [],
      async run(state) {
        state.keys = await createClusterKeys();
      },
    },
    {
      id: 'process',
      label: 'Start the control plane',
      needs: ['keys'],
      run: create,
      undo: async (state) => void (await discard(state.context, state.spec.name)),
    },
    ...waitSteps(['process']),
    {
      id: 'reset-point',
      label: 'Keep the state for reset',
      needs: ['nodes', 'service-account'],
      run: async ({ context, spec }) =>
        withAdmin(context, await accessOf(await findCluster(context, spec.name)), markResetPoint).then(() => undefined),
    },
    {
      id: 'complete',
      label: 'Keep the cluster',
      needs: ['reset-point'],
      run: (state) => writeJson(state.files.record, { spec: state.spec, complete: true, ...state.lifetime }),
    },
  ];
}

const startStep: Step<UpState> = {
  id: 'process',
  label: 'Start the control plane',
  needs: [],
  async run(state, signal) {
    state.since = state.context.clock.now();
    await launch(state.files, state.context.env, signal);
  },
};

const waitSteps = (needs: readonly string[]): Step<UpState>[] => [
  {
    id: 'nodes',
    label: 'Wait for the nodes',
    needs,
    async run({ context, missing, since, ...state }, signal) {
      const found = await findCluster(context, state.spec.name);
      const awaited = (await knownNodes(context, found)).filter((node) => node.running).map(({ name }) => ({ name, labels: {} }));
      await withAdmin(context, await accessOf(found), (client) => nodesReady({ context, signal, missing }, client, awaited, since));
    },
  },
  {
    id: 'service-account',
    label: 'Wait for the default ServiceAccount',
    needs,
    async run({ context, missing, ...state }, signal) {
      const access = await accessOf(await findCluster(context, state.spec.name));
      await withAdmin(context, access, (client) => defaultServiceAccount({ context, signal, missing }, client));
    },
  },
];

async function create(state: UpState, signal: AbortSignal): Promise<void> {
  const { context, files } = state;
  const asked = state.spec;
  const refused = new Set<number>();
  for (let attempt = 1; ; attempt++) {
    // Looking for ports and claiming them in the record must not interleave with another cluster's.
    await withFileLock('ports', async () => {
      const others = (await allClusters(context)).filter(({ spec }) => spec.name !== asked.name);
      const claimed = others.flatMap(({ spec: { networking } }) => [networking.apiServerPort, networking.gatewayPort]);
      state.spec = await withPorts(asked, new Set([...claimed, ...refused]));
      await makeDirectories(files);
      await writeJson(files.record, { spec: state.spec, complete: false, ...state.lifetime });
    });
    await writeKeys(state);
    try {
      return await launch(files, context.env, signal);
    } catch (thrown) {
      const { apiServerPort, gatewayPort } = state.spec.networking;
      const another = asked.networking.apiServerPort === 0 || asked.networking.gatewayPort === 0;
      if (!(thrown instanceof ShoalError) || thrown.code !== 'PORT_TAKEN' || !another || attempt >= portAttempts) throw thrown;
      if (asked.networking.apiServerPort === 0) refused.add(apiServerPort);
      if (asked.networking.gatewayPort === 0) refused.add(gatewayPort);
      // A store that was begun would pass for a cluster's that has its nodes.
      await discard(context, asked.name);
    }
  }
}

/** Apart from those of node containers, which are claimed where this cannot look: in an engine that need not be there. */
const ownPorts = { apiServer: firstPorts.apiServer + 10_000, gateway: firstPorts.gateway + 10_000 } as const;

async function withPorts(spec: ClusterSpec, claimed: Set<number>): Promise<ClusterSpec> {
  const { apiServerAddress: host, apiServerPort, gatewayPort } = spec.networking;
  const api = await pickPort({ host, port: apiServerPort, from: ownPorts.apiServer, purpose: 'the API server' }, claimed);
  claimed.add(api);
  const gateway = await pickPort({ host, port: gatewayPort, from: ownPorts.gateway, purpose: 'the gateway' }, claimed);
  return { ...spec, networking: { ...spec.networking, apiServerPort: api, gatewayPort: gateway } };
}

/** The certificates of a control-plane node, for a process instead. */
async function writeKeys({ spec, files, keys }: UpState): Promise<void> {
  const node = controlPlaneOf(spec);
  const place = made(placeNodes(spec, simulatedNodeSubnet).get(node.name), 'places');
  const ports = { apiServer: spec.networking.apiServerPort, gateway: spec.networking.gatewayPort, pool: [] };
  const clusterKeys = made(keys, 'keys');
  const all = await serverFiles(spec, node, place, ports, clusterKeys);
  const inPki = Object.entries(all).filter(([path]) => path.startsWith(`${nodePaths.pki}/`));
  await Promise.all([
    writePrivate(join(files.pki, pkiFiles.ca.cert), clusterKeys.ca.cert),
    ...inPki.map(([path, { content }]) => writePrivate(join(files.pki, basename(path)), content)),
  ]);
}

function tellWhatIsLeftOut({ log }: SimulatedContext, spec: ClusterSpec): void {
  const asked = {
    'images to load': spec.images.length > 0,
    'node images': spec.nodes.some((node) => node.image !== undefined),
    mounts: spec.nodes.some((node) => node.mounts.length > 0),
    ports: spec.nodes.some((node) => node.ports.length > 0),
    'the registry': spec.registry !== undefined,
  };
  const left = Object.keys(asked).filter((what) => asked[what as keyof typeof asked]);
  if (left.length > 0) log.warn(`simulated nodes have no containers; left out: ${left.join(', ')}`);
}
