import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { createCA, issueCert, newServiceAccountKey, publicKeyOf, signRequest } from '../../../src/util/pki.ts';

const ca = await createCA('kubernetes');

describe('certificates', () => {
  test('a server certificate carries its names and chains to the authority', async () => {
    const { cert } = await issueCert(ca, {
      commonName: 'kube-apiserver',
      dnsNames: ['kubernetes', 'localhost'],
      ips: ['127.0.0.1', 'fd00::1'],
      usages: ['server'],
    });
    const parsed = new X509Certificate(cert);
    expect(parsed.verify(new X509Certificate(ca.cert).publicKey)).toBe(true);
    expect([parsed.checkHost('localhost'), parsed.checkIP('127.0.0.1'), parsed.checkHost('elsewhere')]).toEqual([
      'localhost',
      '127.0.0.1',
      undefined,
    ]);
    expect(parsed.ca).toBe(false);
  });

  test('mutual TLS: the server sees the client as user and groups', async () => {
    const server = await issueCert(ca, { commonName: 'server', dnsNames: ['localhost'], ips: ['127.0.0.1'], usages: ['server'] });
    const client = await issueCert(ca, { commonName: 'system:node:a, b=c', organizations: ['system:nodes', 'x, y'], usages: ['client'] });
    const listener = createServer({ ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: true });
    const seen = new Promise<object>((resolve) => {
      listener.on('secureConnection', (socket: TLSSocket) => {
        resolve({ ...socket.getPeerCertificate().subject });
        socket.end();
      });
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const socket = connect({ host: '127.0.0.1', port: (listener.address() as AddressInfo).port, ca: ca.cert, ...client });
    await once(socket, 'secureConnect');
    expect(await seen).toEqual({ CN: 'system:node:a, b=c', O: ['system:nodes', 'x, y'] });
    socket.destroy();
    listener.close();
  });

  test('signs a certificate request with its own key, subject and names; refuses a forged one', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const request = await x509.Pkcs10CertificateRequestGenerator.create({
      name: 'O=dev, CN=jane',
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'jane.test' }])],
    });
    const cert = new X509Certificate(await signRequest(ca, request.toString('pem'), { usages: ['client'], days: 1 }));
    expect(cert.subject).toBe('O=dev\nCN=jane');
    expect(cert.subjectAltName).toBe('DNS:jane.test');
    expect(cert.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const forged = Buffer.from(request.rawData);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const pem = x509.PemConverter.encode(forged, 'CERTIFICATE REQUEST');
    await expect(signRequest(ca, pem, { usages: ['client'] })).rejects.toThrow();
  });
});

test('the public half of a service-account key can be had from the private one', async () => {
  const { privateKey, publicKey } = await newServiceAccountKey();
  expect(publicKeyOf(privateKey)).toBe(publicKey);
});
