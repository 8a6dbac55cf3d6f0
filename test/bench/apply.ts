import { Agent, get } from 'node:http';
import type { Bench, BenchCluster } from './bench-cluster.ts';
import { type Figures, figures, ratio, round, say, timed } from './measure.ts';

export interface ApplyReport {
  /** From the start of `kubectl apply` to the end of the first answer 200 through the gateway. */
  firstAnswerMs: Figures;
  /** How long `kubectl apply` itself took of that. */
  kubectlMs: Figures;
  /** Two `docker run -d` in the node, one after the other: the sandbox, and the container joined to it. */
  floorMs: Figures;
  ratio: { median: number; min: number };
}

const image = 'website:v1.0';
const timeoutMs = 60_000;

/** One replica with its image on the nodes, and a Service in front of it; nothing slows it but the cluster. */
export async function apply(bench: Bench): Promise<ApplyReport> {
  const { context } = bench;
  const cluster = await bench.cluster();
  await context.images.website();
  await bench.shoal('load', image, '--name', cluster.name);
  const [answers, kubectls, floors]: [number[], number[], number[]] = [[], [], []];
  // A pod on each node first: later ones find what they need in the caches.
  await applyOnce(cluster, 'warm-up', 3);
  const rounds = bench.rounds * 2;
  for (let run = 1; run <= rounds; run++) {
    const { firstAnswer, kubectl } = await applyOnce(cluster, `site-${run}`, 1);
    const floor = await bareRuns(bench, cluster.nodes[run % cluster.nodes.length] ?? '');
    say(`apply ${run}/${rounds}: ${Math.round(firstAnswer)} ms (kubectl ${Math.round(kubectl)}), floor ${Math.round(floor)} ms`);
    answers.push(firstAnswer);
    kubectls.push(kubectl);
    floors.push(floor);
  }
  const [firstAnswerMs, floorMs] = [figures(answers), figures(floors)];
  return { firstAnswerMs, kubectlMs: figures(kubectls), floorMs, ratio: ratio(firstAnswerMs, floorMs) };
}

async function applyOnce(cluster: BenchCluster, name: string, replicas: number): Promise<{ firstAnswer: number; kubectl: number }> {
  const manifests = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: website(name, replicas) });
  const since = performance.now();
  const [kubectl] = await Promise.all([timed(() => cluster.kubectl(['apply', '-f', '-'], manifests)), firstAnswer(cluster.gateway, name)]);
  const firstAnswerMs = performance.now() - since;
  await cluster.kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=60s']);
  await cluster.kubectl(['delete', '-f', '-', '--cascade=foreground', '--wait', '--timeout=60s'], manifests);
  return { firstAnswer: firstAnswerMs, kubectl: kubectl.ms };
}

const website = (name: string, replicas: number): unknown[] => {
  const labels = { app: name };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'website', image, ports: [{ containerPort: 80 }] }] },
        },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ port: 80 }] } },
  ];
};

/** Asks again the moment an answer is another than 200; the gateway answers at once either way. */
async function firstAnswer(gateway: string, service: string): Promise<void> {
  const { port } = new URL(gateway);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const until = performance.now() + timeoutMs;
  try {
    for (;;) {
      const status = await new Promise<number>((resolve, reject) => {
        const request = get({ agent, host: '127.0.0.1', port, path: '/', headers: { host: `${service}.default.localhost:${port}` } });
        request.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)));
        request.once('error', reject);
      });
      if (status === 200) return;
      if (performance.now() > until) throw new Error(`${service} answers ${status} after ${timeoutMs / 1000} s`);
      // Frequent enough to see the moment, seldom enough to leave the processors to the cluster.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } finally {
    agent.destroy();
  }
}

/** Timed by the node's own clock, so that reaching into the node does not count. */
async function bareRuns({ context }: Bench, node: string): Promise<number> {
  const script = [
    'set -e',
    'pause=$(docker image ls --quiet --filter reference="shoal/pause*" | head -n 1)',
    '[ -n "$pause" ]',
    'since=$(date +%s%N)',
    'docker run -d --ipc shareable --name floor-sandbox "$pause" >/dev/null',
    `docker run -d --name floor-container --network container:floor-sandbox --ipc container:floor-sandbox ${image} >/dev/null`,
    'echo $(( $(date +%s%N) - since ))',
    'docker rm -f floor-container floor-sandbox >/dev/null',
  ].join('\n');
  const { exitCode, stdout, stderr } = await context.provider.exec(node, ['sh', '-c', script]);
  if (exitCode !== 0) throw new Error(`bare containers do not start in ${node}: ${stderr}`);
  return round(Number(stdout.trim()) / 1e6, 1);
}
