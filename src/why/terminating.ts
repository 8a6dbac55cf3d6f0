import type { KubeObject } from '../api/object.ts';
import { kinds } from '../api/scheme.ts';
import { claimNamesOf } from '../api/volume-binding.ts';
import type { Finding } from './finding.ts';
import { kindOfObject, refOf } from './kinds.ts';
import { someOf } from './text.ts';
import type { World } from './world.ts';

/** Objects that are being deleted and that a finalizer holds. */
export async function stuckTerminating(object: KubeObject, world: World): Promise<readonly Finding[]> {
  const { name = '', namespace, deletionTimestamp, finalizers = [] } = object.metadata;
  const kind = kindOfObject(object);
  if (deletionTimestamp === undefined || kind === undefined || kind.kind === 'Namespace') return [];
  const about = { object: refOf(kind, object), code: 'STUCK_TERMINATING', evidence: [] } as const;
  const what = `${kind.kind} ${name}`;
  if (finalizers.length === 0) {
    const message = `${what} is being deleted: its containers have its grace period (${object.metadata.deletionGracePeriodSeconds ?? 0} s) to end in.`;
    return [{ ...about, severity: 'warning', message, fix: [] }];
  }
  const users = await usersOf(object, finalizers, world);
  const holder = finalizers.length === 1 ? `the finalizer ${finalizers[0]}` : `the finalizers ${finalizers.join(', ')}`;
  const message = `${what} has been deleted (at ${deletionTimestamp}) and is held by ${holder}${users === '' ? '' : `: ${users}`}.`;
  const scope = namespace === undefined ? '' : ` -n ${namespace}`;
  return [
    {
      ...about,
      severity: 'error',
      message,
      fix: [
        ...(users === ''
          ? [`let the controller that put ${finalizers[0]} there do its cleaning up: does it run?`]
          : [`delete ${users.replace(/ uses? it$/, '')} first`]),
        `or give the cleaning up up: kubectl patch ${kind.singular} ${name}${scope} --type=merge -p '{"metadata":{"finalizers":null}}'`,
      ],
    },
  ];
}

async function usersOf(object: KubeObject, finalizers: readonly string[], world: World): Promise<string> {
  const { name = '', namespace } = object.metadata;
  if (!finalizers.includes('kubernetes.io/pvc-protection')) return '';
  const pods = (await world.list(kinds.Pod, namespace))
    .filter((pod) => claimNamesOf(pod).includes(name))
    .map(({ metadata }) => `pod ${metadata.name}`);
  return pods.length === 0 ? '' : `${someOf(pods)} use${pods.length === 1 ? 's' : ''} it`;
}
