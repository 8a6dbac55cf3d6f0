import { describe, expect, it } from 'vitest';
import { parseFieldSelector } from '../../../src/api/fields.ts';
import { kinds } from '../../../src/api/scheme.ts';

const pod = {
  metadata: { name: 'web-0', namespace: 'default' },
  spec: { nodeName: 'n1', restartPolicy: 'Always', containers: [] },
  status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] },
};

describe('parseFieldSelector', () => {
  it.each([
    ['', true],
    ['metadata.name=web-0', true],
    ['metadata.name==web-0', true],
    ['metadata.name!=web-0', false],
    ['metadata.namespace=default,status.phase=Running', true],
    ['status.phase!=Succeeded,status.phase!=Failed', true],
    ['spec.nodeName=', false],
    ['spec.host=n1', true],
    ['spec.hostNetwork=false', true],
    ['status.podIP=10.0.0.1', true],
    ['status.podIPs=10.0.0.1', false],
    ['status.nominatedNodeName=', true],
  ])('%j of a pod', (text, matches) => {
    expect(parseFieldSelector(kinds.Pod, text).matches(pod)).toBe(matches);
  });

  it.each(['name=a', 'metadata.namespace=a'])('does not take %s of a namespace', (text) => {
    expect(() => parseFieldSelector(kinds.Namespace, text)).toThrow(`field label not supported: ${text.replace('=a', '')}`);
  });

  it('reads numbers and their absence', () => {
    const job = { metadata: {}, status: { succeeded: 2 } };
    expect(parseFieldSelector(kinds.Job, 'status.successful=2').matches(job)).toBe(true);
    expect(parseFieldSelector(kinds.ReplicaSet, 'status.replicas=0').matches({ metadata: {} })).toBe(true);
  });

  it.each(['kind=Pod', 'apiVersion=v1', 'resourceVersion=3', 'fieldPath=spec.containers{c}'])(
    'finds events by what they regard: %s',
    (text) => {
      const regarding = { kind: 'Pod', apiVersion: 'v1', resourceVersion: '3', fieldPath: 'spec.containers{c}' };
      const event = { metadata: {}, regarding };
      expect(parseFieldSelector(kinds.EventsEvent, `regarding.${text}`).matches(event)).toBe(true);
    },
  );

  it('takes escaped commas, equals signs and backslashes', () => {
    const secret = { metadata: {}, type: 'a,b=c\\d' };
    expect(parseFieldSelector(kinds.Secret, 'type=a\\,b\\=c\\\\d').matches(secret)).toBe(true);
  });

  it('knows the name that it asks for', () => {
    const selector = parseFieldSelector(kinds.Pod, 'metadata.name=a,status.phase!=Failed');
    expect([selector.requiresExactMatch('metadata.name'), selector.requiresExactMatch('status.phase')]).toEqual(['a', undefined]);
  });

  it.each([
    [kinds.Pod, 'spec.foo=1', 'field label not supported: spec.foo'],
    [kinds.Job, 'spec.foo=1', 'field label "spec.foo" not supported for Job'],
    [kinds.Deployment, 'spec.replicas=1', '"spec.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    [kinds.Pod, 'nothing', "invalid selector: 'nothing'; can't understand 'nothing'"],
  ])('refuses', (kind, text, message) => {
    expect(() => parseFieldSelector(kind, text)).toThrow(expect.objectContaining({ code: 400, message }));
  });
});
