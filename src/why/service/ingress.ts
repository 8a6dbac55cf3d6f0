import { kinds } from '../../api/scheme.ts';
import type { Ingress, IngressBackend } from '../../api/types/networking-v1.ts';
import { type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nearest, someOf } from '../text.ts';
import { nameOf } from '../workload/pods-of.ts';
import type { World } from '../world.ts';
import { serviceEndpoints } from './service.ts';

interface Route {
  /** `shop.localhost/cart`. */
  at: string;
  backend: IngressBackend;
}

/** Rules that lead to a Service or port that is not there, or to one that nothing answers. */
export async function ingressBackends(ingress: Ingress, world: World): Promise<readonly Finding[]> {
  if (ingress.metadata.deletionTimestamp !== undefined) return [];
  const findings: Finding[] = [];
  const told = new Set<string>();
  for (const route of routesOf(ingress)) {
    const finding = await brokenRoute(ingress, route, world);
    const { name = '', port } = route.backend.service ?? {};
    const key = `${name} ${port?.name ?? port?.number ?? ''}`;
    if (finding === undefined || told.has(key)) continue;
    told.add(key);
    findings.push(finding);
  }
  return findings;
}

function routesOf({ spec }: Ingress): Route[] {
  const ruled = (spec?.rules ?? []).flatMap(({ host = '*', http }) =>
    (http?.paths ?? []).map(({ path = '/', backend }) => ({ at: `${host}${path}`, backend })),
  );
  return spec?.defaultBackend === undefined ? ruled : [...ruled, { at: 'everything else', backend: spec.defaultBackend }];
}

async function brokenRoute(ingress: Ingress, { at, backend }: Route, world: World): Promise<Finding | undefined> {
  const { namespace = '' } = ingress.metadata;
  const { name, port } = backend.service ?? {};
  if (name === undefined) return undefined;
  const about = { object: refOf(kinds.Ingress, ingress), code: 'INGRESS_BACKEND', severity: 'error', evidence: [] } as const;
  const head = `Ingress ${nameOf(ingress)} leads nowhere at ${at}`;
  const service = await world.get(kinds.Service, name, namespace);
  if (service === undefined) {
    const near = nearest(name, (await world.list(kinds.Service, namespace)).map(nameOf));
    const fix = [...near.map((other) => `is it a misspelling of ${other}?`), `create the Service ${name} in namespace ${namespace}`];
    return { ...about, message: `${head}: there is no Service ${name} in namespace ${namespace}.`, fix };
  }
  const ports = service.spec?.ports ?? [];
  const wanted = port?.name ?? port?.number;
  if (!ports.some((one) => one.name === port?.name || one.port === port?.number)) {
    const texts = ports.map((one) => (one.name === undefined ? String(one.port) : `${one.port} (${one.name})`));
    return {
      ...about,
      message: `${head}: Service ${name} has no port ${wanted}.`,
      evidence: [fact(`Its ports are ${someOf(texts)}.`)],
      fix: [`name one of them: kubectl edit ingress ${nameOf(ingress)} -n ${namespace}`],
    };
  }
  const because = (await serviceEndpoints(service, world)).find(({ severity }) => severity === 'error');
  return because === undefined ? undefined : { ...about, message: `${head}. ${because.message}`, fix: [], because };
}
