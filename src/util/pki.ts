import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import 'reflect-metadata';
import { promisify } from 'node:util';
import * as x509 from '@peculiar/x509';

/** A certificate and its private key (PKCS #8), both PEM. */
export interface CertificateAndKey {
  cert: string;
  key: string;
}

export interface CertificateRequest {
  /** The user name, where the certificate identifies a client. */
  commonName: string;
  /** The user's groups. */
  organizations?: readonly string[];
  dnsNames?: readonly string[];
  ips?: readonly string[];
  usages: readonly ('client' | 'server')[];
  /** Default: 3650, so that a cluster kept around does not stop one day. */
  days?: number;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
const defaultDays = 3650;

const generateKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const exportKey = async (key: webcrypto.CryptoKey): Promise<string> =>
  x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
const importSigningKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), algorithm, true, ['sign']);

/** A positive serial number of 16 random bytes. */
const serialNumber = (): string => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
};

/** Not before: five minutes ago, for machines whose clocks are a little behind. */
const validity = (days: number) => {
  const now = new Date();
  return { notBefore: new Date(now.getTime() - 300_000), notAfter: new Date(now.getTime() + days * dayMs) };
};

/** A self-signed certificate authority. */
export async function createCA(commonName: string): Promise<CertificateAndKey> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    ...validity(defaultDays),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment | x509.KeyUsageFlags.keyCertSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      // Go's verifier wants a name to match; upstream's authorities carry their common name here.
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: commonName }]),
    ],
  });
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** A certificate signed by `ca`, with a fresh key. */
export async function issueCert(ca: CertificateAndKey, request: CertificateRequest): Promise<CertificateAndKey> {
  const keys = await generateKeys();
  const { commonName, organizations = [] } = request;
  // One name component for each organization, as Go reads a subject's groups.
  const subject = [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
  const cert = await sign(ca, new x509.Name(subject), keys.publicKey, request);
  return { cert, key: await exportKey(keys.privateKey) };
}

/** Whom a PKCS #10 request, PEM, is for. Throws when it cannot be read. */
export function requestSubject(pem: string): { commonName: string; organizations: string[] } {
  const { subjectName } = new x509.Pkcs10CertificateRequest(pem);
  return { commonName: subjectName.getField('CN')[0] ?? '', organizations: subjectName.getField('O') };
}

/**
 * Signs a PKCS #10 request, PEM, keeping its subject, key and alternative names: what a `CertificateSigningRequest` asks for.
 * Throws when its signature does not verify.
 */
export async function signRequest(
  ca: CertificateAndKey,
  pem: string,
  options: { usages: readonly ('client' | 'server')[]; days?: number },
): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error('the certificate request is not signed by its own key');
  const extension = request.getExtension('2.5.29.17');
  const names = extension instanceof x509.SubjectAlternativeNameExtension ? extension.names.items : [];
  return sign(ca, request.subjectName, await request.publicKey.export(), {
    dnsNames: names.filter(({ type }) => type === 'dns').map(({ value }) => value),
    ips: names.filter(({ type }) => type === 'ip').map(({ value }) => value),
    ...options,
  });
}

async function sign(
  ca: CertificateAndKey,
  subject: x509.Name,
  publicKey: webcrypto.CryptoKey,
  options: Omit<CertificateRequest, 'commonName'>,
): Promise<string> {
  const issuer = new x509.X509Certificate(ca.cert);
  const { dnsNames = [], ips = [], usages, days = defaultDays } = options;
  const alternatives = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value })),
  ];
  const purposes = usages.map((usage) => (usage === 'client' ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject.toString(),
    issuer: issuer.subject,
    ...validity(days),
    signingAlgorithm: algorithm,
    publicKey,
    signingKey: await importSigningKey(ca.key),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
      new x509.ExtendedKeyUsageExtension(purposes),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(alternatives.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternatives)]),
    ],
  });
  return certificate.toString('pem');
}

/**
 * The key pair that service-account tokens are signed with: RSA of 2048 bits, for clients that verify `RS256` alone, as
 * kubeadm makes it.
 */
export async function newServiceAccountKey(): Promise<{ privateKey: string; publicKey: string }> {
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const pem = (key: KeyObject, type: 'pkcs8' | 'spki') => key.export({ type, format: 'pem' }).toString();
  return { privateKey: pem(pair.privateKey, 'pkcs8'), publicKey: pem(pair.publicKey, 'spki') };
}

/** The public half of a private key, PEM both. */
export const publicKeyOf = (privateKey: string): string =>
  createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString();
