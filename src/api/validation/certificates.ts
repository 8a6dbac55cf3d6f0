import { X509Certificate } from 'node:crypto';
import { semanticEqual } from '../deep-equal.ts';
import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { CertificateSigningRequest } from '../types/certificates-v1.ts';
import { entries } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, notSupported, required, tooLong } from './field-error.ts';
import { type Check, dnsLabel } from './formats.ts';
import { objectMeta, objectMetaUpdate } from './meta.ts';

const keyUsages = new Set([
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
]);

const decisions = ['Approved', 'Denied'];
/** Conditions that are there or not: none of them is `False`. */
const endings = [...decisions, 'Failed'];

export function* certificateSigningRequest({ metadata, spec, status }: CertificateSigningRequest): Errors {
  yield* objectMeta(kinds.CertificateSigningRequest, metadata);
  if (!isRequest(spec.request)) yield invalid('spec.request', spec.request, 'PEM block type must be CERTIFICATE REQUEST');
  if ((spec.usages ?? []).length === 0) yield required('spec.usages', 'usages must be provided');
  for (const [i, usage] of entries(spec.usages)) {
    if (!keyUsages.has(usage)) yield notSupported(`spec.usages[${i}]`, usage, [...keyUsages].sort());
  }
  for (const [i, usage] of entries(spec.usages)) {
    if (spec.usages?.indexOf(usage) !== i) yield duplicate(`spec.usages[${i}]`, usage);
  }
  if (spec.signerName === 'kubernetes.io/legacy-unknown') {
    yield invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version');
  } else yield* signerName('spec.signerName', spec.signerName);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < 600) {
    yield invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
  }
  yield* conditionRules('status.conditions', status);
}

function* signerName(field: string, name: string | undefined): Errors {
  if (!name) return yield required(field, 'signerName must be provided');
  const [domain = '', path = '', ...others] = name.split('/');
  if (others.length > 0 || !name.includes('/')) {
    return yield invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
  }
  if (domain.length > 253) yield tooLong(field, 253);
  yield* eachLabel(field, domain, dnsLabel);
  if (!domain.includes('.')) yield invalid(field, domain, 'should be a domain with at least two segments separated by dots');
  yield* eachLabel(field, path, subdomainErrors);
  if (name.length > 571) yield tooLong(field, 571);
}

function* eachLabel(field: string, name: string, check: Check): Errors {
  for (const label of name.split('.')) {
    for (const problem of check(label)) yield invalid(field, name, `validating label ${JSON.stringify(label)}: ${problem}`);
  }
}

function* conditionRules(field: string, status: CertificateSigningRequest['status']): Errors {
  const seen = new Set<string>();
  for (const [i, { type, status: value }] of entries(status?.conditions)) {
    if (!type) yield required(`${field}[${i}].type`);
    const allowed = endings.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!value) yield required(`${field}[${i}].status`);
    else if (!allowed.includes(value)) yield notSupported(`${field}[${i}].status`, value, allowed);
    if (decisions.includes(type) && decisions.some((other) => other !== type && seen.has(other))) {
      yield invalid(field, type, 'Approved and Denied conditions are mutually exclusive');
    }
    if (seen.has(type)) yield duplicate(`${field}[${i}].type`, type);
    seen.add(type);
  }
}

type UpdateRules = (object: CertificateSigningRequest, old: CertificateSigningRequest) => Errors;

/** @param subresource who writes: `approval` alone decides, `status` alone issues the certificate. */
export const certificateSigningRequestUpdate = (subresource: '' | 'approval' | 'status'): UpdateRules =>
  function* (object, old) {
    yield* certificateSigningRequest(object);
    const certificate = object.status?.certificate ?? '';
    const issued = old.status?.certificate ?? '';
    if (certificate !== issued) yield* certificateRules('status.certificate', certificate);
    for (const type of endings) {
      const [now, before] = [object, old].map(({ status }) => (status?.conditions ?? []).filter((condition) => condition.type === type));
      const [count, had] = [now?.length ?? 0, before?.length ?? 0];
      const quoted = JSON.stringify(type);
      if (count < had) yield forbidden('status.conditions', `updates may not remove a condition of type ${quoted}`);
      if (subresource === 'approval' || !decisions.includes(type)) continue;
      if (count > had) yield forbidden('status.conditions', `updates may not add a condition of type ${quoted}`);
      else if (count === had && !semanticEqual(now, before)) {
        yield forbidden('status.conditions', `updates may not modify a condition of type ${quoted}`);
      }
    }
    if (certificate !== issued) {
      if (subresource !== 'status') yield forbidden('status.certificate', 'updates may not set certificate content');
      else if (issued !== '') yield forbidden('status.certificate', 'updates may not modify existing certificate content');
    }
    yield* objectMetaUpdate(object.metadata, old.metadata);
  };

interface PemBlock {
  type: string;
  /** What is between the lines, headers and all. */
  body: string;
}

function pemBlocks(base64: string): PemBlock[] {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const found = text.matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n((?:[^-]|-(?!----))*)-----END \1-----[ \t]*\r?$/gm);
  return Array.from(found, ([, type = '', body = '']) => ({ type, body }));
}

const isRequest = (request: string | undefined): boolean => pemBlocks(request ?? '')[0]?.type === 'CERTIFICATE REQUEST';

function* certificateRules(field: string, certificate: string): Errors {
  if (certificate === '') return;
  const wrong = (detail: string) => invalid(field, '<certificate data>', detail);
  const blocks = pemBlocks(certificate);
  if (blocks.length === 0) yield wrong('must contain at least one CERTIFICATE PEM block');
  for (const { type, body } of blocks) {
    if (type !== 'CERTIFICATE') return yield wrong(`only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`);
    if (body.includes(':')) return yield wrong('no PEM block headers are permitted');
    if (!isCertificate(body)) return yield wrong('x509: malformed certificate');
  }
}

function isCertificate(body: string): boolean {
  try {
    new X509Certificate(Buffer.from(body, 'base64'));
    return true;
  } catch {
    return false;
  }
}
