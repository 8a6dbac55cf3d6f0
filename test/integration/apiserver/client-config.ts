import { KubeConfig } from '@kubernetes/client-node';
import type { HttpsServer } from './fixture.ts';

/** The JavaScript client's configuration for the server's admin. */
export function clientConfig(server: Pick<HttpsServer, 'url' | 'ca' | 'admin'>): KubeConfig {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: server.url, caData: base64(server.ca.cert), skipTLSVerify: false }],
    users: [{ name: 'u', certData: base64(server.admin.cert), keyData: base64(server.admin.key) }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return config;
}
