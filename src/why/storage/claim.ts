import { compareQuantity } from '../../api/quantity.ts';
import { kinds } from '../../api/scheme.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types/core-v1.ts';
import type { StorageClass } from '../../api/types/storage-v1.ts';
import { claimClassName, claimNamesOf, claimRefersTo, selectedNodeAnnotation, volumeSuits } from '../../api/volume-binding.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nearest, someOf } from '../text.ts';
import type { World } from '../world.ts';

const noProvisioner = 'kubernetes.io/no-provisioner';
const defaultClass = 'storageclass.kubernetes.io/is-default-class';

/** A claim without a volume: no class, a class that makes none, none that suits, or nobody who has used it yet. */
export async function claimUnbound(claim: PersistentVolumeClaim, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace = '', deletionTimestamp } = claim.metadata;
  if (claim.status?.phase === 'Bound' || deletionTimestamp !== undefined) return [];
  const about = { object: refOf(kinds.PersistentVolumeClaim, claim), severity: 'error' } as const;
  const head = `PersistentVolumeClaim ${name}`;
  const chosen = claim.spec?.volumeName ?? '';
  if (claim.status?.phase === 'Lost') {
    const message = `${head} has lost its volume: PersistentVolume ${chosen} is gone.`;
    return [
      { ...about, code: 'CLAIM_LOST', message, evidence: [], fix: ['delete the claim and create it anew; the data went with the volume'] },
    ];
  }
  const [classes, volumes, pods] = await Promise.all([
    world.list(kinds.StorageClass),
    world.list(kinds.PersistentVolume),
    world.list(kinds.Pod, namespace),
  ]);
  const className = claimClassName(claim);
  const storageClass = classes.find(({ metadata }) => metadata.name === className);
  if (className !== '' && storageClass === undefined && !volumes.some((volume) => volumeSuits(claim, volume))) {
    const names = classes.map(({ metadata }) => metadata.name ?? '');
    const fix = [
      ...nearest(className, names, 1).map((near) => `is it a misspelling of ${near}?`),
      `name a class that exists (${names.length === 0 ? 'there is none' : someOf(names)}), or create the StorageClass ${className}`,
      'the class of a claim cannot be changed: delete the claim and create it anew',
    ];
    const message = `${head} is not bound: there is no StorageClass ${className}.`;
    return [{ ...about, code: 'CLAIM_PENDING', message, evidence: [], fix }];
  }
  if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && claim.metadata.annotations?.[selectedNodeAnnotation] === undefined) {
    const users = pods.filter((pod) => claimNamesOf(pod).includes(name)).map(({ metadata }) => metadata.name ?? '');
    const who = users.length === 0 ? 'and no pod uses it yet' : `and ${someOf(users)} has no node yet`;
    const message = `${head} waits for its first consumer, as class ${className} says, ${who}.`;
    const fix =
      users.length === 0 ? ['nothing: it is bound as soon as a pod that uses it is placed'] : [`shoal why pod/${users[0]} -n ${namespace}`];
    return [{ ...about, code: 'CLAIM_WAITS', severity: 'warning', message, evidence: [], fix }];
  }
  if (chosen !== '') return [{ ...about, ...namedVolume(claim, head, chosen, volumes) }];
  return [{ ...about, ...nothingSuits(claim, head, classes, volumes), ...(await foreign(claim, head, storageClass, world)) }];
}

type Rest = Pick<Finding, 'code' | 'message' | 'evidence' | 'fix'>;

function namedVolume(claim: PersistentVolumeClaim, head: string, chosen: string, volumes: readonly PersistentVolume[]): Rest {
  const volume = volumes.find(({ metadata }) => metadata.name === chosen);
  const why = volume === undefined ? 'which does not exist' : `which ${unsuitable(claim, volume) ?? 'has not been bound yet'}`;
  const message = `${head} is not bound: it asks for PersistentVolume ${chosen}, ${why}.`;
  return { code: 'CLAIM_PENDING', message, evidence: [], fix: ['leave volumeName out, or create a volume of that name that suits'] };
}

function nothingSuits(
  claim: PersistentVolumeClaim,
  head: string,
  classes: readonly StorageClass[],
  volumes: readonly PersistentVolume[],
): Rest {
  const size = claim.spec?.resources?.requests?.['storage'] ?? '0';
  const modes = (claim.spec?.accessModes ?? []).join(', ');
  const className = claimClassName(claim);
  const rows = volumes.map((volume) => [volume.metadata.name ?? '', unsuitable(claim, volume) ?? 'suits']).slice(0, 8);
  const evidence: Evidence[] =
    rows.length === 0 ? [fact('There are no PersistentVolumes.')] : [{ type: 'table', columns: ['VOLUME', 'WHY NOT'], rows }];
  const standard = classes.find(({ metadata }) => metadata.annotations?.[defaultClass] === 'true')?.metadata.name;
  const why =
    className === ''
      ? claim.spec?.storageClassName === ''
        ? 'it asks for no StorageClass (""), so that only a volume made by hand suits'
        : 'it names no StorageClass and the cluster has no default one'
      : `class ${className} makes no volumes by itself`;
  const message = `${head} is not bound: ${why}, and no volume of ${size} (${modes}) is available.`;
  const fix = [
    `create a PersistentVolume of at least ${size} with ${modes}${className === '' ? '' : ` and storageClassName ${className}`}`,
    ...(standard === undefined || standard === className
      ? []
      : [`or create the claim anew with storageClassName ${standard}, which makes volumes`]),
  ];
  return { code: 'CLAIM_PENDING', message, evidence, fix };
}

/** A class with a provisioner: its own words, and whether anything runs under its name. */
async function foreign(
  claim: PersistentVolumeClaim,
  head: string,
  storageClass: StorageClass | undefined,
  world: World,
): Promise<Partial<Rest>> {
  if (storageClass === undefined || storageClass.provisioner === noProvisioner) return {};
  const last = (await world.events(claim)).at(-1);
  const name = storageClass.metadata.name ?? '';
  return {
    message: `${head} is not bound: the provisioner ${storageClass.provisioner} of class ${name} has not made a volume.`,
    evidence: last?.message === undefined ? [] : [fact(`${last.reason}: ${last.message}`)],
    fix: [`see whether ${storageClass.provisioner} runs in the cluster, and what its log says`],
  };
}

/** Why a volume cannot be the claim's; undefined when it can. */
function unsuitable(claim: PersistentVolumeClaim, volume: PersistentVolume): string | undefined {
  const { spec, status, metadata } = volume;
  if (metadata.deletionTimestamp !== undefined) return 'is being deleted';
  const holder = spec?.claimRef;
  if (holder !== undefined && !claimRefersTo(holder, claim)) {
    return `is ${status?.phase === 'Released' ? 'kept from' : 'bound to'} ${holder.namespace}/${holder.name}`;
  }
  const wanted = claim.spec?.resources?.requests?.['storage'];
  if (compareQuantity(spec?.capacity?.['storage'], wanted) < 0) return `has ${spec?.capacity?.['storage']}, ${wanted} is asked for`;
  const missing = (claim.spec?.accessModes ?? []).filter((mode) => spec?.accessModes?.includes(mode) !== true);
  if (missing.length > 0) return `does not offer ${missing.join(', ')}`;
  if ((spec?.storageClassName ?? '') !== claimClassName(claim)) return `is of class "${spec?.storageClassName ?? ''}"`;
  return volumeSuits(claim, volume) ? undefined : 'does not match the selector or volume mode of the claim';
}
