const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const reference = new RegExp(
  `^(?:${domain}/)?${pathPart}(?:/${pathPart})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);

/** What is wrong with an image reference (distribution/reference's ParseNormalizedNamed); undefined when nothing is. */
export function imageNameProblem(image: string): string | undefined {
  if (reference.test(image)) return undefined;
  const remote = image.replace(/[:@][^/]*$/, '');
  if (/[A-Z]/.test(remote) && reference.test(image.toLowerCase())) {
    const name = remote.includes('/') ? remote : `library/${remote}`;
    return `invalid reference format: repository name (${name}) must be lowercase`;
  }
  return 'invalid reference format';
}

/** The registry's host as credentials name it: `docker.io` where the reference has none. */
export function registryOf(image: string): string {
  const slash = image.indexOf('/');
  const first = slash < 0 ? '' : image.slice(0, slash);
  return first.includes('.') || first.includes(':') || first === 'localhost' ? first : 'docker.io';
}

/**
 * `Always` for an image without tag and digest or with tag `latest`, else `IfNotPresent` (SetDefaults_Container). What is no image's name
 * has no tag either: it gets `IfNotPresent`.
 */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (imageNameProblem(image) !== undefined) return 'IfNotPresent';
  const [name = '', digest] = image.split('@');
  const tag = /:([^:/]+)$/.exec(name)?.[1];
  return (tag === undefined && digest === undefined) || tag === 'latest' ? 'Always' : 'IfNotPresent';
}
