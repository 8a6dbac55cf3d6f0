import { isIP } from 'node:net';
import type { Formats } from '../../util/yaml-problems.ts';
import { amount, parseCidr } from './values.ts';

/** Forms of texts that the schemas name as `format`. Go's durations are as Kubernetes configuration has them: `40s`, `1m30s`, `500ms`. */
export const formats = {
  quantity: {
    accepts: (text) => amount(text) !== undefined,
    refusal: 'is not a positive quantity such as 2, 1500m or 1Gi',
  },
  duration: {
    accepts: (text) => /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(text),
    refusal: 'is not a duration such as 40s, 500ms or 1m30s',
  },
  label: {
    accepts: (text) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text),
    refusal: 'must consist of lower-case letters, digits and dashes, and start and end with a letter or digit',
  },
  domain: {
    accepts: (text) => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text),
    refusal: 'is not a domain name',
  },
  address: { accepts: (text) => isIP(text) !== 0, refusal: 'is not an IP address' },
  podSubnet: { accepts: (text) => parseCidr(text) !== undefined, refusal: 'is not an IPv4 network such as 10.244.0.0/16' },
  serviceSubnet: { accepts: (text) => parseCidr(text) !== undefined, refusal: 'is not an IPv4 network such as 10.96.0.0/16' },
} as const satisfies Formats;
