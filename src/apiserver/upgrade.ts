import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiRequest, ApiResponse } from '../api/http.ts';
import { ApiError } from '../api/status.ts';
import type { Aggregator } from './aggregation/aggregator.ts';
import { checkAccess } from './auth/access.ts';
import type { Authorizer } from './auth/attributes.ts';
import type { UserInfo } from './auth/user.ts';
import { noSuchResource } from './handle.ts';
import { refuseUpgrade } from './http/listener.ts';
import { isWebSocket, respondOverWebSocket } from './http/websocket.ts';
import { parseRequest } from './paths.ts';
import { admitConnect } from './proxy/connect.ts';
import { forwardUpgrade } from './proxy/forward.ts';
import { type KubeletIdentity, podStreamTarget } from './proxy/pod-streams.ts';
import { proxyTarget } from './proxy/proxies.ts';
import type { Resources } from './resources.ts';
import { badRequest, type Call, type RestServices } from './rest/call.ts';

export interface UpgradeOptions {
  rest: RestServices;
  resources: Resources;
  authorizer: Authorizer;
  kubelet: KubeletIdentity;
  aggregator: Aggregator;
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
}

const streams = new Set(['exec', 'attach', 'portforward']);

/**
 * Answers requests to switch protocols: authorized and admitted as CONNECT, then joined to the kubelet or the proxied server. Logs
 * and watches may be asked for as WebSockets, too; they are answered as ever.
 */
export function createUpgrade(options: UpgradeOptions) {
  return async (request: ApiRequest, user: UserInfo, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const info = parseRequest(request.method, request.path, request.query);
    await checkAccess(options.authorizer, info, user);
    const remote = options.aggregator.find(request.path);
    if (remote !== undefined) {
      const found = await options.aggregator.upgradeTarget(remote, request, user);
      if (found === undefined) throw new ApiError('ServiceUnavailable', 'service unavailable');
      await forwardUpgrade(found.target, request, incoming, socket, head, found.headers);
      return;
    }
    if (isWebSocket(incoming) && info.isResource && (info.verb === 'watch' || info.subresource === 'log')) {
      const answer = await options.handle(request, user);
      if (answer.status === 200) await respondOverWebSocket(answer.body, incoming, socket, head);
      else refuseUpgrade(socket, answer);
      return;
    }
    const resource = info.isResource ? options.resources.find(info.group, info.version, info.resource) : undefined;
    if (resource === undefined || !resource.kind.subresources.includes(info.subresource)) throw noSuchResource();
    const call: Call = { rest: options.rest, resource, info, request, user, dryRun: false, warnings: [] };
    const proxied = info.subresource === 'proxy';
    if (!proxied && !streams.has(info.subresource)) throw badRequest('this resource does not switch protocols');
    await admitConnect(call);
    const target = proxied ? await proxyTarget(call, options.kubelet) : await podStreamTarget(call, options.kubelet);
    await forwardUpgrade(target, request, incoming, socket, head);
  };
}
