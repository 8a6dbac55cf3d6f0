import { connect } from 'node:http2';
import { goDuration } from '../../util/duration.ts';
import type { ProbeOutcome } from './outcome.ts';

/** grpc.health.v1.HealthCheckResponse.ServingStatus. */
const servingStatus = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** One length-prefixed `HealthCheckRequest`, whose only field (1) is the service's name. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const length: number[] = [];
  for (let left = name.length; ; left >>>= 7) {
    if (left < 0x80) {
      length.push(left);
      break;
    }
    length.push((left & 0x7f) | 0x80);
  }
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** The status (field 1, an enum that fits one byte) of a length-prefixed `HealthCheckResponse`; the default value is not written. */
export function healthStatus(body: Buffer): string {
  return servingStatus[body[5] === 0x08 ? (body[6] ?? 0) : 0] ?? 'UNKNOWN';
}

/** gRPC health checking protocol over plain HTTP/2. */
export function probeGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeOutcome> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const session = connect(`http://${address}`);
    const signal = AbortSignal.timeout(timeoutMs);
    let ended = false;
    const end = (result: ProbeOutcome['result'], output: string): void => {
      if (ended) return;
      ended = true;
      session.destroy();
      resolve({ result, output });
    };
    const unreachable = `timeout: failed to connect service ${JSON.stringify(address)} within ${goDuration(timeoutMs)}: context deadline exceeded`;
    signal.addEventListener('abort', () => end('failure', unreachable));
    // A client of gRPC tries to connect again until its time is over; there is nothing to be learnt from that.
    session.on('error', () => end('failure', unreachable));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
      'user-agent': 'kube-probe/1.36',
    });
    const chunks: Buffer[] = [];
    let code = '';
    let text = '';
    const read = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] !== undefined) code = String(headers['grpc-status']);
      if (headers['grpc-message'] !== undefined) text = String(headers['grpc-message']);
    };
    stream.on('response', read);
    stream.on('trailers', read);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', (thrown: Error) => session.connecting || end('failure', `error: health rpc probe failed: ${thrown.message}`));
    stream.on('end', () => {
      if (code === '12') {
        end('failure', `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${text}`);
      } else if (code !== '' && code !== '0') end('failure', `error: health rpc probe failed: rpc error: code = ${code} desc = ${text}`);
      else {
        const status = healthStatus(Buffer.concat(chunks));
        if (status === 'SERVING') end('success', 'service healthy');
        else end('failure', `service unhealthy (responded with ${JSON.stringify(status)})`);
      }
    });
    stream.end(healthRequest(service));
  });
}
