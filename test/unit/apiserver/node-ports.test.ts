import { expect, test } from 'vitest';
import type { Service } from '../../../src/api/types/core-v1.ts';
import { createNodePorts } from '../../../src/apiserver/service/node-ports.ts';

const service = (...ports: number[]): Service => ({ metadata: {}, spec: { ports: ports.map((nodePort) => ({ port: 80, nodePort })) } });
const newPorts = () => createNodePorts({ from: 30_000, to: 30_001 }, () => 0);

test('a port is free again once no stored Service has it', () => {
  const ports = newPorts();
  expect(ports.claim(30_000)).toBe(30_000);
  ports.committed(service(30_000), undefined);
  expect(() => ports.claim(30_000)).toThrow('provided port is already allocated');
  ports.committed(service(), service(30_000));
  expect(ports.claim(undefined)).toBe(30_000);
});

test('a port that is handed from one Service to another by one commit is held throughout, in either order', () => {
  const ports = newPorts();
  ports.committed(service(30_000), undefined);
  ports.committed(service(30_000), service());
  ports.committed(service(), service(30_000));
  expect(() => ports.claim(30_000)).toThrow('provided port is already allocated');
});

test('a claim whose write failed does not free the port of a Service that has come by it meanwhile', () => {
  const ports = newPorts();
  ports.claim(30_000);
  ports.committed(service(30_000), undefined);
  ports.release(30_000);
  expect(() => ports.claim(30_000)).toThrow('provided port is already allocated');
});
