import type { CustomResourceDefinition, JSONSchemaProps, ValidationRule } from '../api/types/apiextensions-v1.ts';
import { chaosGroup, chaosVersion } from './fault.ts';

const text = (description: string, more: Partial<JSONSchemaProps> = {}): JSONSchemaProps => ({ type: 'string', description, ...more });
const oneOf = (...values: string[]): JSONSchemaProps => ({ type: 'string', enum: values });
const integer = (description: string, minimum: number, maximum: number): JSONSchemaProps => ({
  type: 'integer',
  format: 'int64',
  description,
  minimum,
  maximum,
});
const object = (
  properties: Record<string, JSONSchemaProps>,
  required: string[] = [],
  rules: ValidationRule[] = [],
  description?: string,
): JSONSchemaProps => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
  ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
  ...(description === undefined ? {} : { description }),
});
const names = (maxItems: number): JSONSchemaProps => ({ type: 'array', maxItems, items: { type: 'string', maxLength: 253 } });
const quantity = (description: string): JSONSchemaProps =>
  text(description, { pattern: '^[0-9]+(\\.[0-9]+)?(k|[KMGT]i|[MGT])?$', maxLength: 20 });

const positive = (what: string, longest: string): ValidationRule => ({
  rule: `self.matches('^([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$') && duration(self) > duration('0s') && duration(self) <= duration('${longest}')`,
  message: `${what} must be a duration such as 30s or 1m30s, more than 0s and at most ${longest}`,
});
const duration = (description: string, longest: string): JSONSchemaProps =>
  text(description, { maxLength: 32, 'x-kubernetes-validations': [positive('it', longest)] });

const selector = object({
  matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
  matchExpressions: {
    type: 'array',
    items: object({ key: { type: 'string' }, operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'), values: names(100) }, [
      'key',
      'operator',
    ]),
  },
});

const endpoint = object(
  {
    node: text('A node: its own traffic and that of its pods.', { maxLength: 253 }),
    pods: object({ namespace: text('Default: default.'), selector }, ['selector']),
    service: object({ namespace: text('Default: default.'), name: text('The Service.', { maxLength: 253 }) }, ['name']),
  },
  [],
  [
    {
      rule: '[has(self.node), has(self.pods), has(self.service)].filter(x, x).size() == 1',
      message: 'must name a node, pods or a service',
    },
  ],
);

const kindsOfFault = ['node', 'network', 'disk', 'memory', 'cpu', 'clock', 'images', 'controlPlane'];

const spec = object(
  {
    duration: duration('How long it lasts; then it is undone. At most 24h.', '24h'),
    nodes: object(
      {
        names: names(1000),
        selector,
        count: integer('Only so many of them, drawn with seed.', 1, 1000),
        seed: integer('Draws the same nodes again.', 0, 4_294_967_295),
      },
      [],
      [{ rule: '!(has(self.names) && has(self.selector))', message: 'names and selector exclude each other' }],
      'Which nodes; {} is all of them.',
    ),
    node: object({ action: oneOf('Kill', 'Pause', 'Restart', 'Disconnect') }, ['action']),
    network: object(
      {
        action: oneOf('Cut', 'Delay', 'Drop', 'Throttle'),
        from: endpoint,
        to: endpoint,
        delay: duration('Delay: added to each round trip.', '10s'),
        percent: integer('Drop: the share of packets that is lost.', 1, 100),
        rate: quantity('Throttle: bytes a second, such as 100Ki.'),
      },
      ['action', 'from', 'to'],
      [
        { rule: "(self.action == 'Delay') == has(self.delay)", message: 'delay goes with the action Delay, and it alone' },
        { rule: "(self.action == 'Drop') == has(self.percent)", message: 'percent goes with the action Drop, and it alone' },
        { rule: "(self.action == 'Throttle') == has(self.rate)", message: 'rate goes with the action Throttle, and it alone' },
        { rule: '!has(self.from.service)', message: 'a service can only be at the other end: put it into to' },
      ],
    ),
    disk: object(
      { size: quantity('That much is written.'), percent: integer('Written until the disk is so full.', 1, 99) },
      [],
      [{ rule: 'has(self.size) != has(self.percent)', message: 'must have either size or percent' }],
    ),
    memory: object({ size: quantity('That much is taken, such as 512Mi.') }, ['size']),
    cpu: object({ cores: integer('So many busy loops; default 1.', 1, 64) }),
    clock: object(
      {
        offset: text('Such as 1h or -90s.', {
          maxLength: 32,
          'x-kubernetes-validations': [
            { rule: "self.matches('^-?([0-9]+(\\\\.[0-9]+)?(ms|s|m|h))+$')", message: 'must be a duration such as 1h or -90s' },
          ],
        }),
      },
      ['offset'],
    ),
    images: object(
      {
        action: oneOf('Fail', 'Slow'),
        delay: duration('Slow: added to each pull.', '1h'),
        match: text('Only images whose name contains this.', { maxLength: 255 }),
      },
      ['action'],
      [{ rule: "(self.action == 'Slow') == has(self.delay)", message: 'delay goes with the action Slow, and it alone' }],
    ),
    controlPlane: object(
      {
        action: oneOf('Crash', 'Stall'),
        component: oneOf('apiserver', 'scheduler', 'controller'),
        controller: text('Its name in kube-controller-manager, such as replicaset-controller.', { maxLength: 100 }),
      },
      ['action', 'component'],
      [
        {
          rule: "(self.component == 'controller') == has(self.controller)",
          message: 'controller goes with the component controller, and it alone',
        },
      ],
    ),
  },
  ['duration'],
  [
    { rule: 'self == oldSelf', message: 'a fault cannot be changed: delete it, and make another' },
    {
      rule: `[${kindsOfFault.map((name) => `has(self.${name})`).join(', ')}].filter(x, x).size() == 1`,
      message: `must have exactly one of ${kindsOfFault.join(', ')}`,
    },
    {
      rule: 'has(self.nodes) != (has(self.network) || has(self.controlPlane))',
      message: 'nodes says where a fault of nodes happens, and goes with neither network nor controlPlane',
    },
  ],
);

const status = object({
  phase: { type: 'string' },
  action: { type: 'string' },
  target: { type: 'string' },
  startedAt: { type: 'string', format: 'date-time' },
  expiresAt: { type: 'string', format: 'date-time' },
  finishedAt: { type: 'string', format: 'date-time' },
  targets: {
    type: 'object',
    additionalProperties: object(
      {
        state: { type: 'string' },
        message: { type: 'string' },
        traffic: object({ from: names(10_000), to: names(10_000) }),
      },
      ['state'],
    ),
  },
  conditions: {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    items: object(
      {
        type: { type: 'string' },
        status: oneOf('True', 'False', 'Unknown'),
        reason: { type: 'string' },
        message: { type: 'string' },
        lastTransitionTime: { type: 'string', format: 'date-time' },
      },
      ['type', 'status'],
    ),
  },
});

/** The definition of `kind: Fault`: what can break, checked by the API server itself. */
export const faultDefinition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `faults.${chaosGroup}` },
  spec: {
    group: chaosGroup,
    scope: 'Cluster',
    names: { plural: 'faults', singular: 'fault', kind: 'Fault', listKind: 'FaultList' },
    versions: [
      {
        name: chaosVersion,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            ...object({ apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, spec, status }, ['spec']),
            description: 'Something broken on purpose, for a while.',
          },
        },
        subresources: { status: {} },
        additionalPrinterColumns: [
          { name: 'Action', type: 'string', jsonPath: '.status.action' },
          { name: 'Target', type: 'string', jsonPath: '.status.target' },
          { name: 'State', type: 'string', jsonPath: '.status.phase' },
          // A column of type date shows ages, and of a time to come `<invalid>`; `shoal chaos list` counts down.
          { name: 'Until', type: 'string', jsonPath: '.status.expiresAt' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
      },
    ],
  },
};
