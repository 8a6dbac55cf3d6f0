import { parseJsonPath } from '../../api/custom/json-path.ts';
import { isObject, setOwn } from '../../api/decode-state.ts';
import type { KubeObject } from '../../api/object.ts';
import { internalError } from '../../api/status.ts';
import type { CustomResourceSubresourceScale } from '../../api/types/apiextensions-v1.ts';

interface Parts {
  spec: { replicas?: number; selector?: string };
  status: { replicas?: number };
}

/** What the definition's paths find in a custom resource. Throws the 500 that upstream answers where spec has no number. */
export function scaledParts(object: KubeObject, paths: CustomResourceSubresourceScale): Parts {
  const at = (path: string | undefined): unknown => (path === undefined ? undefined : parseJsonPath(path)(object)[0]);
  const replicas = at(paths.specReplicasPath);
  if (typeof replicas !== 'number') {
    const text = `the spec replicas field ${JSON.stringify(paths.specReplicasPath)} does not exist`;
    throw internalError(text);
  }
  const status = at(paths.statusReplicasPath);
  const selector = at(paths.labelSelectorPath);
  return {
    spec: { replicas, ...(typeof selector === 'string' ? { selector } : {}) },
    status: typeof status === 'number' ? { replicas: status } : {},
  };
}

/** Sets the number at a path of plain names, such as `.spec.size`. */
export function setAt(object: KubeObject, path: string, value: number): void {
  const names = path.split('.').filter((name) => name !== '');
  const last = names.pop();
  let holder = object as unknown as Record<string, unknown>;
  for (const name of names) {
    const inner = holder[name];
    const next = isObject(inner) ? inner : {};
    if (next !== inner) setOwn(holder, name, next);
    holder = next;
  }
  if (last !== undefined) setOwn(holder, last, value);
}
