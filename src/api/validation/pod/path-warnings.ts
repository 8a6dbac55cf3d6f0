/** Files of one volume that would lie on, or below, each other (upstream: warningsForOverlappingVirtualPaths). */
import type { KeyToPath, Volume, VolumeProjection } from '../../types/core-v1.ts';

type Warnings = Iterable<string>;
type Items = readonly Pick<KeyToPath, 'path'>[] | undefined;

const quoted = (text: string | undefined): string => JSON.stringify(text ?? '');
const pathsOf = (items: Items): string[] => (items ?? []).map(({ path }) => path);

/** What a client is warned of in the files that a pod's volume asks for. */
export function* pathWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): Warnings {
  const at = `volume ${quoted(name)}`;
  yield* overlaps(pathsOf(configMap?.items), `${at} (ConfigMap ${quoted(configMap?.name)}): overlapping paths`);
  yield* overlaps(pathsOf(secret?.items), `${at} (Secret ${quoted(secret?.secretName)}): overlapping paths`);
  yield* overlaps(pathsOf(downwardAPI?.items), `${at} (DownwardAPI): overlapping paths`);
  const before = new Set<string>();
  for (const source of projected?.sources ?? []) {
    if (Object.values(source).every((part) => part === undefined)) {
      yield `${at} (Projected) has no sources provided`;
      continue;
    }
    const [what, paths] = projection(source);
    if (paths.length === 0) continue;
    const message = `${at} (Projected ${what}): overlapping paths`;
    yield* overlaps(paths, message);
    const own = new Set(paths);
    yield* overlaps([...own, ...before].sort(), message);
    for (const path of own) before.add(path);
  }
}

function projection({ configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle }: VolumeProjection): [string, string[]] {
  if (configMap?.items !== undefined) return [`ConfigMap ${quoted(configMap.name)}`, pathsOf(configMap.items)];
  if (secret?.items !== undefined) return [`Secret ${quoted(secret.name)}`, pathsOf(secret.items)];
  if (downwardAPI?.items !== undefined) return ['DownwardAPI', pathsOf(downwardAPI.items)];
  if (serviceAccountToken !== undefined) return ['ServiceAccountToken', [serviceAccountToken.path]];
  if (clusterTrustBundle === undefined) return ['', []];
  return [`ClusterTrustBundle ${quoted(clusterTrustBundle.name ?? clusterTrustBundle.signerName)}`, [clusterTrustBundle.path]];
}

function* overlaps(paths: readonly string[], message: string): Warnings {
  const taken = new Set<string>();
  for (const given of paths) {
    const path = given.replace(/\/+$/, '');
    const other = [...taken].find((one) => one === path || one.startsWith(`${path}/`) || path.startsWith(`${one}/`));
    if (other !== undefined) yield `${message}: ${quoted(path)} with ${quoted(other)}`;
    taken.add(path);
  }
}
