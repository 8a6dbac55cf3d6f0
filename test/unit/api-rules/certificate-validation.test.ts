import { expect, test } from 'vitest';
import type { Kind } from '../../../src/api/kind.ts';
import type { CertificateSigningRequest } from '../../../src/api/types/certificates-v1.ts';
import { errorText } from '../../../src/api/validation/field-error.ts';
import { validateUpdate } from '../../../src/api/validation/validation.ts';
import { createCA } from '../../../src/util/pki.ts';
import { accepted, createErrors, kinds } from './objects.ts';

const encode = (text: string): string => Buffer.from(text).toString('base64');
const block = (type: string, body = 'TUlJQg=='): string => `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;
const asked = (spec: object = {}): CertificateSigningRequest => ({
  metadata: { name: 'jane' },
  spec: { request: encode(block('CERTIFICATE REQUEST')), signerName: 'example.com/any', usages: ['client auth'], ...spec },
});
const { cert } = await createCA('any');
const condition = (type: string, status = 'True') => ({ type, status });
type Status = CertificateSigningRequest['status'];

test.each<[name: string, spec: object, ...errors: string[]]>([
  ['a request', {}],
  ['no PEM', { request: 'aGVsbG8=' }, 'spec.request: Invalid value: "aGVsbG8=": PEM block type must be CERTIFICATE REQUEST'],
  ['no usage', { usages: [] }, 'spec.usages: Required value: usages must be provided'],
  ['a usage twice', { usages: ['client auth', 'client auth'] }, 'spec.usages[1]: Duplicate value: "client auth"'],
  ['no signer', { signerName: '' }, 'spec.signerName: Required value: signerName must be provided'],
  [
    'a signer without a path',
    { signerName: 'example.com' },
    `spec.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form 'example.com/signer-name'`,
  ],
  [
    'a signer of no domain',
    { signerName: 'com/any' },
    'spec.signerName: Invalid value: "com": should be a domain with at least two segments separated by dots',
  ],
  [
    'a signer of old',
    { signerName: 'kubernetes.io/legacy-unknown' },
    'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
  ],
  [
    'a minute',
    { expirationSeconds: 60 },
    'spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)',
  ],
])('signing request: %s', (_name, spec, ...errors) => {
  expect(createErrors(kinds.CertificateSigningRequest, asked(spec))).toEqual(errors);
});

test.each<[name: string, subresource: string, before: Status, after: Status, ...errors: string[]]>([
  ['approving', 'approval', {}, { conditions: [condition('Approved')] }],
  [
    'approving through status',
    'status',
    {},
    { conditions: [condition('Approved')] },
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  ],
  [
    'taking an approval back',
    'status',
    { conditions: [condition('Approved')] },
    {},
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ],
  [
    'approved and denied',
    'approval',
    {},
    { conditions: [condition('Approved'), condition('Denied')] },
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ],
  [
    'a half failure',
    'status',
    {},
    { conditions: [condition('Failed', 'Unknown'), condition('', '')] },
    'status.conditions[0].status: Unsupported value: "Unknown": supported values: "True"',
    'status.conditions[1].type: Required value',
    'status.conditions[1].status: Required value',
  ],
  ['a certificate', 'status', {}, { certificate: encode(`${cert}\n${cert}`) }],
  [
    'a certificate by another way',
    'approval',
    {},
    { certificate: encode(cert) },
    'status.certificate: Forbidden: updates may not set certificate content',
  ],
  [
    'another certificate',
    'status',
    { certificate: encode(cert) },
    { certificate: encode(`${cert}\n`) },
    'status.certificate: Forbidden: updates may not modify existing certificate content',
  ],
  [
    'no certificate',
    'status',
    {},
    { certificate: 'aGVsbG8=' },
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ],
  [
    'a key for a certificate',
    'status',
    {},
    { certificate: encode(block('PRIVATE KEY')) },
    'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "PRIVATE KEY"',
  ],
  [
    'a broken certificate',
    'status',
    {},
    { certificate: encode(block('CERTIFICATE')) },
    'status.certificate: Invalid value: "<certificate data>": x509: malformed certificate',
  ],
])('status of a signing request: %s', (_name, subresource, before, after, ...errors) => {
  const accept = (status: Status) => ({ ...accepted(kinds.CertificateSigningRequest, asked()), status });
  expect(validateUpdate(kinds.CertificateSigningRequest as Kind, accept(after), accept(before), subresource).map(errorText)).toEqual(
    errors,
  );
});
