import { createServer, type Server } from 'node:http';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import type { HealthCheck } from './model.ts';

export interface HealthChecks {
  /** Opens and closes ports so that exactly these are answered. */
  set(checks: readonly HealthCheck[]): void;
  close(): void;
}

/** Answers on `healthCheckNodePort`s, as kube-proxy does: 200 where this node has backends, else 503. */
export function createHealthChecks(log: Logger): HealthChecks {
  const open = new Map<number, { server: Server; check: HealthCheck }>();
  const shut = (port: number): void => {
    open.get(port)?.server.close();
    open.get(port)?.server.closeAllConnections();
    open.delete(port);
  };
  return {
    set(checks) {
      const wanted = new Map(checks.map((check) => [check.port, check]));
      for (const port of open.keys()) if (!wanted.has(port)) shut(port);
      for (const [port, check] of wanted) {
        const entry = open.get(port);
        if (entry !== undefined) entry.check = check;
        else open.set(port, { server: listen(port), check });
      }
    },
    close() {
      for (const port of open.keys()) shut(port);
    },
  };

  function listen(port: number): Server {
    const server = createServer((_request, response) => {
      const { namespace = '', name = '', localEndpoints = 0 } = open.get(port)?.check ?? {};
      response.writeHead(localEndpoints > 0 ? 200 : 503, {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
        'x-load-balancing-endpoint-weight': String(localEndpoints),
      });
      response.end(JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }, undefined, 2));
    });
    server.on('error', (failure) => log.warn(`health check port ${port}: ${messageOf(failure)}`));
    return server.listen(port);
  }
}
