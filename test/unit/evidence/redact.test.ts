import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/object.ts';
import { redacted } from '../../../src/evidence/redact.ts';

const applied = 'kubectl.kubernetes.io/last-applied-configuration';

describe('what is written about an object', () => {
  it.each<{ title: string; object: object; never: string }>([
    { title: "a Secret's data", object: { kind: 'Secret', metadata: {}, data: { password: 'aHVudGVyMg==' } }, never: 'aHVudGVyMg==' },
    { title: "a Secret's strings", object: { kind: 'Secret', metadata: {}, stringData: { any: 'hunter2' } }, never: 'hunter2' },
    {
      title: 'a Secret as kubectl noted it down',
      object: { kind: 'Secret', metadata: { annotations: { [applied]: '{"stringData":{"any":"hunter2"}}' } } },
      never: 'hunter2',
    },
    {
      title: 'a variable',
      object: { kind: 'Pod', metadata: {}, spec: { containers: [{ env: [{ name: 'API_KEY', value: 'hunter2' }] }] } },
      never: 'hunter2',
    },
    {
      title: 'a variable as kubectl noted it down',
      object: { kind: 'Pod', metadata: { annotations: { [applied]: '{"spec":{"env":[{"name":"GH_TOKEN","value":"hunter2"}]}}' } } },
      never: 'hunter2',
    },
  ])('leaves out $title', ({ object, never }) => {
    expect(JSON.stringify(redacted(object as KubeObject))).not.toContain(never);
  });

  it('is everything else, without managedFields, and the object stays as it was', () => {
    const object = {
      kind: 'Pod',
      metadata: { name: 'web', managedFields: [{ manager: 'me' }] },
      spec: { containers: [{ env: [{ name: 'LEVEL', value: 'debug' }] }] },
    };
    const before = structuredClone(object);
    expect(redacted(object as KubeObject)).toEqual({ ...object, metadata: { name: 'web' } });
    expect(object).toEqual(before);
  });
});
