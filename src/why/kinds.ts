import type { Kind } from '../api/kind.ts';
import { type KubeObject, parseApiVersion } from '../api/object.ts';
import { allKinds } from '../api/scheme.ts';
import { ShoalError } from '../util/errors.ts';
import type { ObjectRef } from './finding.ts';

/** The kind that kubectl means by this word: `pod`, `pods`, `po`, `Pod`, `deployments.apps`, `deploy.v1.apps`. */
export function resolveKind(word: string): Kind | undefined {
  const [resource = '', ...rest] = word.toLowerCase().split('.');
  const group = rest.join('.');
  const named = allKinds.filter(
    ({ plural, singular, shortNames }) => plural === resource || singular === resource || shortNames.includes(resource),
  );
  if (group === '') return named[0];
  return named.find((kind) => group === kind.group || group === `${kind.version}.${kind.group}`);
}

export const kindOfObject = ({ apiVersion = '', kind }: KubeObject): Kind | undefined => {
  const { group } = parseApiVersion(apiVersion);
  return allKinds.find((one) => one.kind === kind && one.group === group);
};

/** `pod/web-0` or `pod web-0`, as kubectl takes them. */
export function parseRef(words: readonly string[], namespace: string): ObjectRef {
  const [first = '', second] = words;
  const slash = first.indexOf('/');
  const [word, name] = slash < 0 ? [first, second] : [first.slice(0, slash), first.slice(slash + 1)];
  if (word === '' || name === undefined || name === '' || words.length > (slash < 0 ? 2 : 1)) {
    throw new ShoalError('USAGE', `"${words.join(' ')}" does not name one object`, { next: 'Write it as KIND/NAME: shoal why pod/web-0' });
  }
  const kind = resolveKind(word);
  if (kind === undefined) {
    throw new ShoalError('USAGE', `no kind is called "${word}"`, { next: 'kubectl api-resources lists the kinds and their short names.' });
  }
  return refTo(kind, name, namespace);
}

export const refTo = (kind: Kind, name: string, namespace: string | undefined): ObjectRef => ({
  kind: kind.kind,
  name,
  ...(kind.namespaced && namespace !== undefined ? { namespace } : {}),
});

export const refOf = (kind: Kind, { metadata }: KubeObject): ObjectRef => refTo(kind, metadata.name ?? '', metadata.namespace);

/** `pod/web-0`: how people write it, and what can be handed to `shoal why` again. */
export const refText = ({ kind, name }: ObjectRef): string => `${kind.toLowerCase()}/${name}`;
