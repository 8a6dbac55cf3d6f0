import { describe, expect, test } from 'vitest';
import { isReason } from '../../../src/api/status.ts';
import { negotiate } from '../../../src/apiserver/negotiate.ts';

const offer = { transformable: true, protobuf: true };
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const rows: [name: string, accept: string | undefined, encoding: string, as: string][] = [
  ['nothing asked', undefined, 'json', 'object'],
  ['anything', '*/*', 'json', 'object'],
  ['yaml', 'application/yaml', 'yaml', 'object'],
  ['kubectl get', `${table},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json`, 'json', 'Table'],
  ['protobuf first, as client-go sends it', 'application/vnd.kubernetes.protobuf,application/json', 'protobuf', 'object'],
  ['metadata only', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', 'json', 'PartialObjectMetadataList'],
  ['an unknown form falls through', 'application/json;as=Chart;g=meta.k8s.io;v=v1,application/json', 'json', 'object'],
  ['quality decides over order', 'application/json;q=0.5,application/yaml', 'yaml', 'object'],
];

describe('negotiate', () => {
  test.each(rows)('%s', (_name, accept, encoding, as) => {
    expect(negotiate(accept, offer)).toMatchObject({ encoding, as });
  });

  test.each(['application/xml', 'application/vnd.kubernetes.protobuf;as=Table;g=meta.k8s.io;v=v1', 'application/json;q=0'])(
    '%s is not acceptable',
    (accept) => {
      let thrown: unknown;
      try {
        negotiate(accept, offer);
      } catch (error) {
        thrown = error;
      }
      expect(isReason(thrown, 'NotAcceptable')).toBe(true);
    },
  );
});
