/**
 * JSON Schemas of the two configuration files that `up -f` takes: Shoal's own and kind's. Forms of texts are in `formats.ts`,
 * rules between values in `check.ts`.
 */

const stringMap = { type: 'object', additionalProperties: { type: 'string' } } as const;
const port = { type: 'integer', minimum: 0, maximum: 65_535 } as const;
const duration = { type: 'string', format: 'duration' } as const;
/** Cores or bytes. */
const quantity = { type: ['number', 'string'], format: 'quantity', exclusiveMinimum: 0 } as const;
/** Networks and addresses that both files name alike. */
const addresses = {
  podSubnet: { type: 'string', format: 'podSubnet' },
  serviceSubnet: { type: 'string', format: 'serviceSubnet' },
  apiServerAddress: { type: 'string', format: 'address' },
} as const;

const mount = {
  type: 'object',
  additionalProperties: false,
  required: ['hostPath', 'containerPath'],
  properties: { hostPath: { type: 'string' }, containerPath: { type: 'string' }, readOnly: { type: 'boolean' } },
} as const;
const portMapping = {
  type: 'object',
  additionalProperties: false,
  required: ['containerPort'],
  properties: {
    containerPort: port,
    hostPort: port,
    listenAddress: { type: 'string' },
    protocol: { enum: ['TCP', 'UDP', 'tcp', 'udp'] },
  },
} as const;
const taint = {
  type: 'object',
  additionalProperties: false,
  required: ['key', 'effect'],
  properties: { key: { type: 'string' }, value: { type: 'string' }, effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] } },
} as const;
const name = { type: 'string', format: 'label', maxLength: 40 } as const;

export const shoalSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'shoal.dev/v1alpha1' },
    kind: { const: 'Cluster' },
    name,
    nodes: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['role'],
        properties: {
          role: { enum: ['control-plane', 'worker'] },
          name: { type: 'string', format: 'label', maxLength: 63 },
          count: { type: 'integer', minimum: 1, maximum: 250 },
          image: { type: 'string' },
          labels: stringMap,
          taints: { type: 'array', items: taint },
          resources: {
            type: 'object',
            additionalProperties: false,
            properties: { cpu: quantity, memory: quantity },
          },
          mounts: { type: 'array', items: mount },
          ports: { type: 'array', items: portMapping },
        },
      },
    },
    networking: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ...addresses,
        clusterDomain: { type: 'string', format: 'domain' },
        apiServerPort: port,
        gatewayPort: port,
      },
    },
    controllers: {
      type: 'object',
      additionalProperties: false,
      properties: {
        nodeMonitorGracePeriod: duration,
        nodeStartupGracePeriod: duration,
        nodeMonitorPeriod: duration,
        podGCPeriod: duration,
        terminatedPodGCThreshold: { type: 'integer', minimum: 0 },
        defaultTolerationSeconds: { type: 'integer', minimum: 0 },
      },
    },
    registry: { type: ['boolean', 'object'], additionalProperties: false, properties: { port } },
    images: { type: 'array', items: { type: 'string' } },
    ttl: duration,
  },
} as const;

const patches = { type: 'array', items: { type: 'string' } } as const;
/** kind.x-k8s.io/v1alpha4, with every field that kind's own type has (pkg/apis/config/v1alpha4/types.go). */
export const kindSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'apiVersion'],
  properties: {
    apiVersion: { const: 'kind.x-k8s.io/v1alpha4' },
    kind: { const: 'Cluster' },
    name,
    nodes: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          role: { enum: ['control-plane', 'worker'] },
          image: { type: 'string' },
          labels: stringMap,
          extraMounts: {
            type: 'array',
            items: {
              ...mount,
              properties: { ...mount.properties, selinuxRelabel: { type: 'boolean' }, propagation: { type: 'string' } },
            },
          },
          extraPortMappings: {
            type: 'array',
            items: { ...portMapping, properties: { ...portMapping.properties, protocol: { enum: ['TCP', 'UDP', 'SCTP'] } } },
          },
          kubeadmConfigPatches: patches,
          kubeadmConfigPatchesJSON6902: { type: 'array' },
        },
      },
    },
    networking: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ipFamily: { enum: ['ipv4', 'ipv6', 'dual'] },
        apiServerPort: { type: 'integer', minimum: -1, maximum: 65_535 },
        ...addresses,
        disableDefaultCNI: { type: 'boolean' },
        kubeProxyMode: { type: 'string' },
        dnsSearch: { type: 'array', items: { type: 'string' } },
      },
    },
    featureGates: { type: 'object' },
    runtimeConfig: { type: 'object' },
    kubeadmConfigPatches: patches,
    kubeadmConfigPatchesJSON6902: { type: 'array' },
    containerdConfigPatches: patches,
    containerdConfigPatchesJSON6902: { type: 'array' },
  },
} as const;
