import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { messageOf, ShoalError } from '../util/errors.ts';

/** How a kubeconfig's current context reaches its cluster; certificates and keys are PEM. */
export interface ContextAccess {
  context: string;
  server: string;
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
}

type Fields = Record<string, string | undefined>;
interface Config {
  'current-context'?: string;
  contexts?: { name: string; context?: { cluster?: string; user?: string } }[];
  clusters?: { name: string; cluster?: Fields }[];
  users?: { name: string; user?: Fields }[];
}

/**
 * Reads the current context of a kubeconfig: certificates (in it or in files beside it) and tokens. Throws KUBECONFIG_INVALID;
 * logins through other programs (`exec`) are not known here.
 *
 * @param file where the text is from: relative paths in it start there.
 */
export function readContext(text: string, file?: string): ContextAccess {
  const config = parsed(text);
  const name = config['current-context'] ?? '';
  const context = config.contexts?.find((one) => one.name === name)?.context;
  const cluster = config.clusters?.find((one) => one.name === context?.cluster)?.cluster;
  const user = config.users?.find((one) => one.name === context?.user)?.user ?? {};
  if (cluster?.['server'] === undefined) {
    throw invalid(name === '' ? 'the kubeconfig has no current context' : `its current context "${name}" names no cluster with a server`);
  }
  const pem = (fields: Fields, field: string): string | undefined => {
    const data = fields[`${field}-data`];
    if (data !== undefined) return Buffer.from(data, 'base64').toString();
    const path = fields[field];
    return path === undefined ? undefined : readFileSync(resolve(file === undefined ? '.' : dirname(file), path), 'utf8');
  };
  const ca = pem(cluster, 'certificate-authority');
  const [cert, key] = [pem(user, 'client-certificate'), pem(user, 'client-key')];
  const { token } = user;
  if ((cert === undefined || key === undefined) && token === undefined) {
    throw invalid(`the user of its current context "${name}" has neither a client certificate nor a token`);
  }
  return {
    context: name,
    server: cluster['server'],
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(token === undefined ? {} : { token }),
  };
}

function parsed(text: string): Config {
  try {
    return (parse(text) ?? {}) as Config;
  } catch (cause) {
    throw invalid(`it is not YAML: ${messageOf(cause)}`);
  }
}

const invalid = (problem: string): ShoalError =>
  new ShoalError('KUBECONFIG_INVALID', `the kubeconfig cannot be used: ${problem}`, {
    next: 'Make a context current with `kubectl config use-context`.',
  });
