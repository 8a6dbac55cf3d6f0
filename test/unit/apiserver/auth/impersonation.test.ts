import { expect, test } from 'vitest';
import type { Authorizer, ResourceAttributes } from '../../../../src/apiserver/auth/attributes.ts';
import { impersonate } from '../../../../src/apiserver/auth/impersonation.ts';
import type { UserInfo } from '../../../../src/apiserver/auth/user.ts';

const root: UserInfo = { name: 'root', groups: [] };

/** Allows `impersonate` on the listed `resource/name` and records what was asked. */
function recorder(permitted: readonly string[]): { authorizer: Authorizer; asked: string[] } {
  const asked: string[] = [];
  const authorizer: Authorizer = {
    authorize: async (attributes) => {
      const { resource, subresource, namespace, name } = attributes as ResourceAttributes;
      const text = [namespace, resource, subresource, name].filter((part) => part !== '').join('/');
      asked.push(text);
      return { allowed: permitted.includes('*') || permitted.includes(text), reason: '' };
    },
  };
  return { authorizer, asked };
}

test.each<[string, NodeJS.Dict<string[]>, UserInfo, string[]]>([
  ['nobody', {}, root, []],
  ['a user', { 'impersonate-user': ['jane'] }, { name: 'jane', groups: ['system:authenticated'] }, ['users/jane']],
  [
    'a user with groups and extra',
    { 'impersonate-user': ['jane'], 'impersonate-group': ['dev', 'ops', ',,,odd'], 'impersonate-extra-scopes%2fx': ['view'] },
    { name: 'jane', groups: ['dev', 'ops', ',,,odd', 'system:authenticated'], extra: { 'scopes/x': ['view'] } },
    ['users/jane', 'groups/dev', 'groups/ops', 'groups/,,,odd', 'userextras/scopes/x/view'],
  ],
  [
    'a service account gets its groups',
    { 'impersonate-user': ['system:serviceaccount:ns:robot'] },
    {
      name: 'system:serviceaccount:ns:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
    },
    ['ns/serviceaccounts/robot'],
  ],
  [
    'the anonymous user',
    { 'impersonate-user': ['system:anonymous'] },
    { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    ['users/system:anonymous'],
  ],
])('acting as %s', async (_name, headers, user, questions) => {
  const { authorizer, asked } = recorder(['*']);
  expect(await impersonate(headers, root, authorizer)).toEqual(user);
  expect(asked).toEqual(questions);
});

test('each part has to be allowed', async () => {
  const { authorizer } = recorder(['users/jane']);
  await expect(impersonate({ 'impersonate-user': ['jane'], 'impersonate-group': ['dev'] }, root, authorizer)).rejects.toMatchObject({
    code: 403,
    message: 'groups "dev" is forbidden: User "root" cannot impersonate resource "groups" in API group "" at the cluster scope',
  });
});

test('groups without a user are refused', async () => {
  await expect(impersonate({ 'impersonate-group': ['dev'] }, root, recorder(['*']).authorizer)).rejects.toThrow(
    /without impersonating a user/,
  );
});
