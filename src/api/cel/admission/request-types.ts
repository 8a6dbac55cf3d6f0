import type { StructuralSchema } from '../../structural/schema.ts';

const text: StructuralSchema = { type: 'string' };
const texts: StructuralSchema = { type: 'array', items: text };
const textMap: StructuralSchema = { type: 'object', additionalProperties: text };
const time: StructuralSchema = { type: 'string', format: 'date-time' };
const object = (properties: Record<string, StructuralSchema>): StructuralSchema => ({ type: 'object', properties });

const groupKind = object({ group: text, version: text, kind: text });
const groupResource = object({ group: text, version: text, resource: text });

/** What expressions see of a request (upstream: cel.BuildRequestType). */
export const requestSchema = object({
  kind: groupKind,
  resource: groupResource,
  subResource: text,
  requestKind: groupKind,
  requestResource: groupResource,
  requestSubResource: text,
  name: text,
  namespace: text,
  operation: text,
  userInfo: object({
    username: text,
    uid: text,
    groups: texts,
    extra: { type: 'object', additionalProperties: texts },
  }),
  dryRun: { type: 'boolean' },
  options: { 'x-kubernetes-preserve-unknown-fields': true },
});

/** What they see of its namespace (upstream: cel.BuildNamespaceType). */
export const namespaceSchema = object({
  metadata: object({
    name: text,
    generateName: text,
    namespace: text,
    labels: textMap,
    annotations: textMap,
    UID: text,
    creationTimestamp: time,
    deletionGracePeriodSeconds: { type: 'integer' },
    deletionTimestamp: time,
    generation: { type: 'integer' },
    resourceVersion: text,
    finalizers: texts,
  }),
  spec: object({ finalizers: texts }),
  status: object({
    phase: text,
    conditions: {
      type: 'array',
      items: object({ status: text, type: text, lastTransitionTime: time, message: text, reason: text }),
    },
  }),
});
