import { isIP } from 'node:net';
import { messageOf } from '../../util/errors.ts';

const untrusted = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

type Failure = Error & { code?: string; address?: string; port?: number; host?: string; reason?: string; hostname?: string };

/** Why a connection failed, in the words of Go's network and TLS packages, which users search for. */
export function causeText(thrown: unknown): string {
  const { code = '', address = '', port = 0, hostname = '', host = '', reason = '' } = thrown as Failure;
  if (untrusted.has(code)) return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED') return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `tls: failed to verify certificate: x509: certificate is not valid for ${host}: ${reason}`;
  }
  const dial = `dial tcp ${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
  if (code === 'ECONNREFUSED') return `${dial}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `${dial}: connect: no route to host`;
  if (code === 'ENETUNREACH') return `${dial}: connect: network is unreachable`;
  if (code === 'ETIMEDOUT') return `${dial}: i/o timeout`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${hostname}: no such host`;
  if (code === 'ECONNRESET') return 'EOF';
  if (code === 'EPROTO') return 'http: server gave HTTP response to HTTPS client';
  return messageOf(thrown);
}
