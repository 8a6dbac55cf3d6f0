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

  test('what has no message can be had in protobuf as metadata', () => {
    const custom = { ...offer, protobuf: 'metadata' } as const;
    const metadata = 'application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    expect(negotiate(`${metadata},application/json`, custom)).toMatchObject({ encoding: 'protobuf', as: 'PartialObjectMetadata' });
    expect(negotiate('application/vnd.kubernetes.protobuf,application/json', custom)).toMatchObject({ encoding: 'json', as: 'object' });
    expect(() => negotiate('application/vnd.kubernetes.protobuf', custom)).toThrow('application/vnd.kubernetes.protobuf');
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
