import type { PolicyRule } from '../../../api/types/rbac-v1.ts';

const words = (text: string): string[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .sort();

export const read = 'get list watch';
export const write = 'create delete deletecollection patch update';
export const readWrite = `${write} ${read}`;
export const readUpdate = 'get list watch update patch';

/** One policy rule; each text is a list of words, written in their order as every default rule is. `core` stands for the group without a name. */
export const rule = (verbs: string, groups: string, resources: string, resourceNames = ''): PolicyRule => ({
  verbs: words(verbs),
  apiGroups: words(groups)
    .map((group) => (group === 'core' ? '' : group))
    .sort(),
  resources: words(resources),
  ...(resourceNames === '' ? {} : { resourceNames: words(resourceNames) }),
});

export const urls = (verbs: string, nonResourceURLs: string): PolicyRule => ({
  verbs: words(verbs),
  nonResourceURLs: words(nonResourceURLs),
});

/** Events, old and new, as every component that records them may write. */
export const recordEvents: PolicyRule[] = [rule('create patch update', 'core events.k8s.io', 'events')];

export const rbacGroup = 'rbac.authorization.k8s.io';
