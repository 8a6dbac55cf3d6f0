import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { messageOf, ShoalError } from '../../util/errors.ts';

/** Where an engine is and what told us so. */
export interface EngineAddress {
  /** Such as `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`, `ssh://me@host`. */
  host: string;
  /** For people: `DOCKER_HOST`, `context "remote"`, `the default socket`. */
  source: string;
  /** The user named it, so no other engine is tried when it does not answer. */
  explicit: boolean;
  /** Directory with ca.pem, cert.pem and key.pem; absent means no TLS. */
  tls?: string;
}

/**
 * The address as dockerode's options. Every field is given, since docker-modem fills those that are missing from
 * DOCKER_HOST. Throws ENGINE_UNREACHABLE for an address that is none.
 */
export function connectionOptions(address: EngineAddress, env: NodeJS.ProcessEnv = process.env): Docker.DockerOptions {
  const blank = {
    socketPath: undefined,
    host: undefined,
    port: undefined,
    protocol: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
  };
  const text = address.host.includes('://') ? address.host : `tcp://${address.host}`;
  const [scheme = ''] = text.split('://', 1);
  if (scheme === 'unix' || scheme === 'npipe') return { ...blank, socketPath: text.slice(scheme.length + 3) };
  let url: URL;
  try {
    // URL keeps the authority of unknown schemes unparsed only for opaque ones; `http` reads host, port and user alike.
    url = new URL(text.replace(/^\w+/, 'http'));
  } catch (cause) {
    throw badAddress(address, cause);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (scheme === 'ssh') {
    const agent = env['SSH_AUTH_SOCK'];
    const username = decodeURIComponent(url.username) || env['USER'] || 'root';
    return { ...blank, protocol: 'ssh', host, port: url.port || 22, username, sshOptions: { ...(agent === undefined ? {} : { agent }) } };
  }
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') throw badAddress(address, undefined);
  if (address.tls === undefined) {
    return { ...blank, protocol: scheme === 'https' ? 'https' : 'http', host, port: url.port || 2375 };
  }
  return { ...blank, protocol: 'https', host, port: url.port || 2376, ...readTls(address.tls) };
}

function readTls(directory: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  try {
    const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFileSync(join(directory, name)));
    return { ca: ca as Buffer, cert: cert as Buffer, key: key as Buffer };
  } catch (cause) {
    throw new ShoalError('ENGINE_UNREACHABLE', `the engine's TLS files cannot be read: ${messageOf(cause)}`, {
      next: `Put ca.pem, cert.pem and key.pem into ${directory}, or set DOCKER_CERT_PATH.`,
      cause,
    });
  }
}

const badAddress = (address: EngineAddress, cause: unknown): ShoalError =>
  new ShoalError('ENGINE_UNREACHABLE', `${address.source} names no engine: ${JSON.stringify(address.host)}`, {
    next: 'Use unix:///path, tcp://host:port or ssh://user@host.',
    cause,
  });
