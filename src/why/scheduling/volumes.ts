import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types/core-v1.ts';
import { claimClassName, claimNamesOf, selectedNodeAnnotation } from '../../api/volume-binding.ts';
import { canProvision, findVolume, isBound, volumeFitsNode } from '../../api/volume-fit.ts';
import { requirementText } from './labels.ts';
import type { Check, Obstacle } from './obstacle.ts';
import type { NodeState, Scene } from './scene.ts';

/** Volumes that can only be used elsewhere, and claims for which none can be found or made here. */
export const checkVolumes: Check = (pod, state, scene) =>
  claimNamesOf(pod).flatMap((name) => {
    const claim = scene.claims.find(({ metadata }) => metadata.name === name && metadata.namespace === pod.metadata.namespace);
    if (claim === undefined) return [];
    return (isBound(claim) ? conflict(claim, state, scene) : notBindable(claim, state, scene)) ?? [];
  });

function conflict(claim: PersistentVolumeClaim, { node }: NodeState, { volumes }: Scene): Obstacle | undefined {
  const volume = volumes.find(({ metadata }) => metadata.name === claim.spec?.volumeName);
  if (volume === undefined || volumeFitsNode(volume, node)) return undefined;
  return {
    plugin: 'VolumeBinding',
    reason: "node(s) didn't match PersistentVolume's node affinity",
    missing: `volume ${volume.metadata.name} of claim ${claim.metadata.name}, which is only at ${placeOf(volume)}`,
    remedies: [
      `make room at ${placeOf(volume)}, where the data is`,
      `a new claim, if the data in ${claim.metadata.name} may go: kubectl delete pvc ${claim.metadata.name} -n ${claim.metadata.namespace}`,
    ],
    distance: 3,
  };
}

const placeOf = ({ spec }: PersistentVolume): string =>
  (spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [])
    .map(({ matchExpressions = [] }) => matchExpressions.map(requirementText).join(' and '))
    .join(' or ')
    .replace('kubernetes.io/hostname=', 'node ');

function notBindable(claim: PersistentVolumeClaim, { node, name }: NodeState, { volumes, classes }: Scene): Obstacle | undefined {
  const className = claimClassName(claim);
  const storageClass = classes.find(({ metadata }) => metadata.name === className);
  // Claims that do not wait for a consumer are refused before any node is looked at.
  if (storageClass?.volumeBindingMode !== 'WaitForFirstConsumer') return undefined;
  const selected = claim.metadata.annotations?.[selectedNodeAnnotation];
  const ofClass = volumes.filter(({ spec }) => (spec?.storageClassName ?? '') === className);
  if (findVolume(claim, ofClass, node, new Set()) !== undefined) return undefined;
  if ((selected === undefined || selected === name) && canProvision(storageClass, node)) return undefined;
  return {
    plugin: 'VolumeBinding',
    reason: "node(s) didn't find available persistent volumes to bind",
    missing: `a volume of class ${className} for claim ${claim.metadata.name}`,
    remedies: [
      selected !== undefined && selected !== name
        ? `make room on ${selected}, which was chosen for claim ${claim.metadata.name}`
        : `a PersistentVolume of class ${className} that ${name} can use`,
    ],
    distance: 2,
  };
}
