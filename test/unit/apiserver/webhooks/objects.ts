import { kinds } from '../../../../src/api/scheme.ts';
import type { EndpointSlice } from '../../../../src/api/types/discovery-v1.ts';
import { objectKey } from '../../../../src/store/keys.ts';
import type { Server } from '../fixture.ts';

/** A Service on port 443 without a selector. */
export async function createService(server: Server, name: string): Promise<void> {
  await server.post('/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ name: 'https', port: 443 }] },
  });
}

/** The loopback as what is behind it; written past the API, which refuses such an endpoint. */
export async function createSlice(server: Server, name: string, port: number): Promise<void> {
  const metadata = { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } };
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
  await server.store.create(objectKey(kinds.EndpointSlice, 'default', metadata.name), slice);
}
