import { parseJsonPath } from '../../api/custom/json-path.ts';
import type { Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { isNotFound } from '../../api/status.ts';
import { findKind } from '../../client/manifests.ts';
import type { ObjectCheck } from '../lesson.ts';
import type { Finding, Ground } from './ground.ts';
import { holds, holdsOfNumber, inWords, listed, numberInWords } from './values.ts';

/** `Pod web`, or `Pods with app=web and spec.nodeName=a`. */
const subject = ({ object }: ObjectCheck): string => {
  if (object.name !== undefined) return `${object.kind} ${object.name}`;
  const filters = [object.selector, object.fieldSelector].filter((one) => one !== undefined);
  return `${object.kind}s${filters.length === 0 ? '' : ` with ${filters.join(' and ')}`}`;
};

export const expectedOfObject = (check: ObjectCheck): string =>
  check.field === undefined ? `${subject(check)}: ${numberInWords(check)}` : `${check.field} of ${subject(check)} ${inWords(check)}`;

export async function lookAtObjects(check: ObjectCheck, ground: Ground): Promise<Finding> {
  const kind = await findKind(ground.client, check.object.kind, check.object.apiVersion);
  if (kind === undefined) return { passed: check.absent === true, seen: `the cluster knows no kind ${check.object.kind}` };
  const objects = await objectsOf(check, kind, ground);
  if (check.field === undefined) return { passed: holdsOfNumber(objects.length, check), seen: named(objects) };
  const path = parseJsonPath(check.field);
  const values = objects.flatMap((object) => path(object));
  const nothing =
    objects.length > 0 ? `${check.field} is not set` : `there ${check.object.name === undefined ? 'are' : 'is'} no ${subject(check)}`;
  return { passed: holds(values, check), seen: values.length === 0 ? nothing : listed(values) };
}

async function objectsOf({ object }: ObjectCheck, kind: Kind, { client, namespace }: Ground): Promise<KubeObject[]> {
  const place = kind.namespaced ? (object.namespace ?? namespace) : undefined;
  if (object.name !== undefined) {
    const found = await client.get(kind, object.name, place).catch((thrown: unknown) => {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    });
    return found === undefined ? [] : [found];
  }
  const { items } = await client.list(kind, {
    ...(place === undefined ? {} : { namespace: place }),
    ...(object.selector === undefined ? {} : { labelSelector: object.selector }),
    ...(object.fieldSelector === undefined ? {} : { fieldSelector: object.fieldSelector }),
  });
  // What is leaving does not count any more.
  return items.filter((item) => item.metadata.deletionTimestamp === undefined);
}

const named = (objects: readonly KubeObject[]): string => {
  const names = objects.map((object) => object.metadata.name ?? '');
  return names.length === 0 ? 'there is none' : `${names.length}: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
};
