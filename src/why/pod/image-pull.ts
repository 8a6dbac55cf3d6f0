import { kinds } from '../../api/scheme.ts';
import type { Node, Pod } from '../../api/types/core-v1.ts';
import { type Evidence, type Finding, fact } from '../finding.ts';
import { refOf } from '../kinds.ts';
import { nearest, someOf } from '../text.ts';
import type { World } from '../world.ts';
import { type ContainerState, capital, containersOf, isOnNode, whoOf } from './containers.ts';

const reasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
]);

/** Images that cannot be had: misspelled, not loaded, or pulled although they are there. */
export async function podImages(pod: Pod, world: World): Promise<readonly Finding[]> {
  if (!isOnNode(pod)) return [];
  const stuck = containersOf(pod).filter(({ status }) => reasons.has(status.state?.waiting?.reason ?? ''));
  if (stuck.length === 0) return [];
  const nodes = await world.list(kinds.Node);
  return stuck.map((state) => pullFinding(pod, state, nodes));
}

function pullFinding(pod: Pod, state: ContainerState, nodes: readonly Node[]): Finding {
  const { image = '', imagePullPolicy } = state.container;
  const { reason = '', message = '' } = state.status.state?.waiting ?? {};
  const wanted = fullName(image);
  const node = pod.spec?.nodeName ?? '';
  const having = nodes.filter((one) => imagesOf(one).includes(wanted)).map(({ metadata }) => metadata.name ?? '');
  const others = nearest(shortName(wanted), nodes.flatMap(imagesOf).map(shortName)).filter((name) => name !== shortName(wanted));
  const sameName = [...new Set(nodes.flatMap(imagesOf).map(shortName))].filter(
    (name) => name !== shortName(wanted) && base(name) === base(shortName(wanted)),
  );
  const near = [...new Set([...sameName, ...others])].slice(0, 3);
  const fix: string[] = [];
  if (reason === 'InvalidImageName') fix.push('write the image as [REGISTRY/]NAME[:TAG], all in lower case');
  else {
    if (near.length > 0) fix.push(`did you mean ${near.join(' or ')}? ${near.length === 1 ? 'That one is' : 'Those are'} on the nodes`);
    if (having.includes(node)) fix.push(`the image is on ${node}, and is pulled all the same: set imagePullPolicy: IfNotPresent`);
    else fix.push(`if you built it on this machine: shoal load ${image}`);
    if (reason !== 'ErrImageNeverPull')
      fix.push('if it is in a registry: check its name there, that the nodes reach it, and imagePullSecrets');
    else if (!having.includes(node)) fix.push('or let it be pulled: imagePullPolicy: IfNotPresent');
  }
  const evidence: Evidence[] = [
    fact(`${reason}: ${message === '' ? image : message}`),
    fact(`imagePullPolicy: ${imagePullPolicy ?? 'IfNotPresent'}, node: ${node}`),
  ];
  if (having.length > 0) evidence.push(fact(`The image is on ${someOf(having)}.`));
  return {
    object: refOf(kinds.Pod, pod),
    code: 'IMAGE_PULL',
    severity: 'error',
    message: `${capital(whoOf(pod, state))} cannot start: its image ${image} ${reason === 'InvalidImageName' ? 'is no valid name' : `cannot be had on ${node}`}.`,
    evidence,
    fix,
  };
}

const imagesOf = ({ status }: Node): string[] =>
  (status?.images ?? []).flatMap(({ names = [] }) => names.filter((name) => !name.includes('@')).map(fullName));

/** `web` is `docker.io/library/web:latest` to the engine, whichever way it is written. */
function fullName(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const registry = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
  const path = registry === first && rest.length > 0 ? rest.join('/') : image;
  const named = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return `${registry}/${named}${/[:@][^/]*$/.test(named) ? '' : ':latest'}`;
}
const shortName = (image: string): string => image.replace(/^docker\.io\/(library\/)?/, '');
const base = (image: string): string => image.replace(/[:@][^/]*$/, '');
