import { beforeEach, describe, expect, test } from 'vitest';
import { type Server, startServer } from '../fixture.ts';

let server: Server;
beforeEach(async () => {
  server = await startServer();
});

const ask = async (resourceAttributes: object, metadata?: object) =>
  server.post('/apis/authorization.k8s.io/v1/subjectaccessreviews?fieldManager=asker', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    ...(metadata === undefined ? {} : { metadata }),
    spec: {
      user: 'system:node:n1',
      groups: ['system:nodes'],
      resourceAttributes: { verb: 'list', resource: 'pods', ...resourceAttributes },
    },
  });

const onNode = (name: string, operator = 'In') => ({ requirements: [{ key: 'spec.nodeName', operator, values: [name] }] });

describe('a review with selectors', () => {
  const rows: [name: string, attributes: object, status: object][] = [
    ['none: too much for a kubelet', {}, { allowed: false, reason: 'can only list/watch pods with spec.nodeName field selector' }],
    ['the own node, raw', { fieldSelector: { rawSelector: 'spec.nodeName=n1' } }, { allowed: true }],
    ['the own node, as requirements', { fieldSelector: onNode('n1') }, { allowed: true }],
    [
      'another node',
      { fieldSelector: onNode('n2') },
      { allowed: false, reason: 'can only list/watch pods with spec.nodeName field selector' },
    ],
    [
      'one that is not understood, and so asks for everything',
      { fieldSelector: onNode('n1', 'Newer') },
      {
        allowed: false,
        reason: 'can only list/watch pods with spec.nodeName field selector',
        evaluationError: 'spec.resourceAttributes.fieldSelector ignored due to parse error',
      },
    ],
    [
      'one that is understood in part',
      { fieldSelector: { requirements: [...onNode('n1').requirements, { key: 'a', operator: 'Exists' }] } },
      { allowed: true, evaluationError: 'spec.resourceAttributes.fieldSelector partially ignored due to parse error' },
    ],
    [
      'labels that are no selector',
      { fieldSelector: onNode('n1'), labelSelector: { rawSelector: 'a in' } },
      { allowed: true, evaluationError: 'spec.resourceAttributes.labelSelector ignored due to parse error' },
    ],
  ];
  test.each(rows)('%s', async (_name, attributes, status) => {
    expect((await ask(attributes)).body.status).toEqual(status);
  });

  const refused: [name: string, attributes: object, message: string][] = [
    [
      'both ways at once',
      { fieldSelector: { ...onNode('n1'), rawSelector: 'a=b' } },
      'spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
    ],
    ['in neither way', { labelSelector: {} }, 'spec.resourceAttributes.labelSelector.requirements: Required value'],
  ];
  test.each(refused)('is refused when it gives one %s', async (_name, attributes, message) => {
    const { status, body } = await ask(attributes);
    expect(status).toBe(422);
    expect(body.message).toContain(message);
  });

  test('has no metadata of its own, and gets a record of who asked', async () => {
    expect((await ask({}, { name: 'x' })).body.message).toMatch(/metadata: Invalid value: .*: must be empty$/);
    const { body } = await ask({});
    expect(body.metadata.managedFields).toMatchObject([
      { manager: 'asker', operation: 'Update', apiVersion: 'authorization.k8s.io/v1', fieldsV1: { 'f:spec': { 'f:user': {} } } },
    ]);
  });
});
