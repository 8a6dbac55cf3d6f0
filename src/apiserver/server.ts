import { randomUUID } from 'node:crypto';
import type { ApiRequest, ApiResponse } from '../api/http.ts';
import type { Kind } from '../api/kind.ts';
import { kinds } from '../api/scheme.ts';
import type { CustomResourceDefinition } from '../api/types/apiextensions-v1.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../util/clock.ts';
import { messageOf } from '../util/errors.ts';
import type { Logger } from '../util/log.ts';
import { uuidFrom } from '../util/random.ts';
import { type Admission, createAdmission } from './admission/chain.ts';
import { createMutatingPolicies } from './admission/policy/mutating.ts';
import { createValidatingPolicies } from './admission/policy/validating.ts';
import { createWebhookPlugins } from './admission/webhook/webhooks.ts';
import { createAggregator } from './aggregation/aggregator.ts';
import { frontProxy, requestHeaderConfig } from './aggregation/front-proxy.ts';
import { registerLocalServices } from './aggregation/registration.ts';
import { type AuditOptions, audited } from './audit/audit.ts';
import { asksToImpersonate, impersonate } from './auth/impersonation.ts';
import type { SecretTokenRequest } from './auth/tokens.ts';
import type { UserInfo } from './auth/user.ts';
import { bootstrap } from './bootstrap.ts';
import { componentStatusOperations } from './component-statuses.ts';
import { createCustomResourceServer } from './crd/crd.ts';
import { discoveryPaths } from './discovery/discovery.ts';
import { type Classifier, createClassifier } from './flowcontrol/classify.ts';
import { followFlowSchemas } from './flowcontrol/dangling.ts';
import { type Answered, createHandle, type PathHandler } from './handle.ts';
import { healthChecks, healthPaths } from './health.ts';
import { createListener } from './http/listener.ts';
import { createIdentity } from './identity.ts';
import { createMetrics } from './metrics.ts';
import { openapiPaths } from './openapi/openapi.ts';
import { operationTables } from './operations.ts';
import type { LocateKubelet } from './proxy/target.ts';
import { builtinResources } from './resources.ts';
import type { RestServices } from './rest/call.ts';
import { reviewOperations } from './reviews.ts';
import { rootPaths } from './root-paths.ts';
import { createAddresses } from './service/addresses.ts';
import { followNodePorts, serviceHook } from './service/allocation.ts';
import { createNodePorts } from './service/node-ports.ts';
import { createToken } from './subresources/token.ts';
import { createUpgrade } from './upgrade.ts';
import { createWebhookClient } from './webhook/client.ts';

/** Certificates and keys, all PEM. */
export interface ApiServerPki {
  /** Signs client certificates that are trusted, and kubelets' serving certificates. */
  ca: string;
  serving: { cert: string; key: string };
  /** Presented to kubelets. */
  kubeletClient: { cert: string; key: string };
}

export interface ApiServerOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  /** Needed by `listen` and by what is proxied to kubelets; a server used only in process does without. */
  pki?: ApiServerPki;
  /** Signs and verifies service account tokens; without it a key is made for the life of the process. */
  serviceAccountKey?: { privateKey: string; publicKey: string };
  /** Default `10.96.0.0/16`. */
  serviceCIDR?: string;
  /** Default 30000 to 32767. */
  nodePortRange?: { from: number; to: number };
  /** Default `cluster.local`. */
  clusterDomain?: string;
  /** Where pods reach this server: the endpoint of the `kubernetes` Service, which has none by default. */
  advertise?: { address: string; port: number };
  /** Where kubelets listen that do not listen at their nodes' addresses; default: what the Nodes' status says. */
  locateKubelet?: LocateKubelet;
  /** Seconds that pods tolerate a node which is not ready or unreachable, unless they say otherwise. Default 300. */
  defaultTolerationSeconds?: number;
  /** Logs requests as the policy says; off by default. */
  audit?: AuditOptions;
  /** Kinds that are served beside Kubernetes' own; nobody sees, changes or removes their definitions. */
  definitions?: readonly CustomResourceDefinition[];
  /** Random numbers in [0, 1) for generated names, allocated ports and, where it is given, uids; default `Math.random`. */
  random?: () => number;
  /** Awaited before each request from outside is answered: the server stands still. */
  hold?: (request: ApiRequest) => Promise<void> | undefined;
  /** Further paths outside of resources, such as Shoal's own below `/shoal/v1/`; authorized as non-resource URLs. */
  paths?: readonly PathHandler[];
  /** Told of each request and its answer, on the way to who asked: must be quick, and must not throw. */
  answered?: (answered: Answered) => void;
}

export interface ApiServer {
  /** Answers one request: authorization, admission, REST. Failures are responses with a `Status` body, never exceptions. */
  handle(request: ApiRequest, user: UserInfo): Promise<ApiResponse>;
  /** Makes what every cluster has from the start (namespaces, RBAC, priority classes, the `kubernetes` Service); repeatable. */
  bootstrap(): Promise<void>;
  /** Serves HTTPS. Resolves when listening; port 0 takes a free one. */
  listen(address: { host: string; port: number }): Promise<{ port: number }>;
  /** Signs the token of a `kubernetes.io/service-account-token` Secret, for the controller that fills these in. */
  issueSecretToken(request: SecretTokenRequest): Promise<string>;
  close(): Promise<void>;
}

/** Wires the parts. The store and the allocators are read by `bootstrap`, which must come before the first request. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const { store, clock, log, pki } = options;
  const random = options.random ?? Math.random;
  const uid = options.random === undefined ? randomUUID : () => uuidFrom(random);
  const serviceCIDR = options.serviceCIDR ?? '10.96.0.0/16';
  const { advertise } = options;
  const webhookClient = createWebhookClient({ store, random, clock });
  const customResources = createCustomResourceServer(builtinResources(), webhookClient.post, options.definitions);
  const { resources } = customResources;
  const identity = createIdentity({ store, clock, serviceAccountKey: options.serviceAccountKey });
  const { authorizer } = identity;
  const addresses = createAddresses({ cidr: serviceCIDR, store, clock, uid, random });
  const nodePorts = createNodePorts(options.nodePortRange ?? { from: 30000, to: 32767 }, random);
  const services = serviceHook(addresses, nodePorts);
  let admission: Admission | undefined;
  const rest: RestServices = {
    authorizer,
    store,
    clock,
    log,
    random,
    uid,
    admission: {
      mutate: async (attributes) => admission?.mutate(attributes),
      validate: async (attributes) => admission?.validate(attributes),
    },
    hooks(kind) {
      if (kind === (kinds.Service as Kind)) return services;
      return kind === (kinds.CustomResourceDefinition as Kind) ? customResources.hook : undefined;
    },
  };
  const kubelet =
    pki === undefined
      ? undefined
      : { ca: pki.ca, ...pki.kubeletClient, ...(options.locateKubelet === undefined ? {} : { locate: options.locateKubelet }) };
  const metrics = createMetrics();
  let classify: Classifier | undefined;
  let ready = false;
  const checkStore = async (): Promise<string | undefined> => {
    try {
      await store.revision();
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    }
  };
  const aggregator = createAggregator({ store, random, clock, log });
  const plain = createHandle({
    delegate(request, user) {
      const remote = aggregator.find(request.path);
      return remote === undefined ? undefined : aggregator.proxy(remote, request, user);
    },
    rest,
    resources,
    authorizer,
    log,
    metrics,
    classify: (info, user) => classify?.(info, user),
    answered: options.answered,
    paths: [
      healthPaths(
        healthChecks(checkStore, () => ready),
        metrics,
      ),
      discoveryPaths(resources, aggregator, () => `${advertise?.address ?? '127.0.0.1'}:${advertise?.port ?? 6443}`),
      openapiPaths(resources),
      identity.paths,
      rootPaths(resources),
      ...(options.paths ?? []),
    ],
    ...operationTables({
      resources,
      kubelet,
      token: createToken(identity.tokens),
      reviews: reviewOperations(identity),
      componentStatuses: componentStatusOperations(checkStore),
    }),
  });
  const handle = options.audit === undefined ? plain : audited(plain, options.audit, clock);
  const listener =
    pki === undefined
      ? undefined
      : createListener({
          log,
          tls: { ...pki.serving, clientCA: pki.ca },
          authenticate: async (credentials) => {
            const user = await identity.authenticator.authenticate(credentials);
            return asksToImpersonate(credentials.headers) ? impersonate(credentials.repeated(), user, authorizer) : user;
          },
          async handle(request, user) {
            await options.hold?.(request);
            return handle(request, user);
          },
          passedOn: (path) => aggregator.find(path) !== undefined,
          upgrade: createUpgrade({ rest, resources, authorizer, kubelet, aggregator, handle }),
        });
  return {
    handle,
    async bootstrap() {
      await addresses.start();
      await followNodePorts(store, nodePorts);
      await customResources.start(rest);
      const mutatingPolicies = await createMutatingPolicies(store, resources);
      const validatingPolicies = await createValidatingPolicies(store, resources);
      const webhooks = await createWebhookPlugins(store, { client: webhookClient, resources, log });
      admission = createAdmission({
        store,
        further: [mutatingPolicies, webhooks.mutating, validatingPolicies, webhooks.validating],
        clock,
        authorizer: await identity.load(),
        random,
        ...(options.defaultTolerationSeconds === undefined ? {} : { defaultTolerationSeconds: options.defaultTolerationSeconds }),
      });
      const proxy = pki === undefined ? undefined : await frontProxy();
      const requestHeader = proxy === undefined ? undefined : requestHeaderConfig(proxy);
      await bootstrap({ store, log, handle, serviceCIDR, serviceAddress: addresses.first, advertise, clientCA: pki?.ca, requestHeader });
      await followFlowSchemas(store, clock, log);
      classify = await createClassifier(store);
      await registerLocalServices({ store, log, handle });
      await aggregator.start(proxy);
      ready = true;
    },
    listen(address) {
      if (listener === undefined) throw new TypeError('an API server without certificates cannot listen');
      return listener.listen(address);
    },
    issueSecretToken: (request) => identity.tokens.issueSecretToken(request),
    async close() {
      customResources.close();
      aggregator.close();
      webhookClient.close();
      await listener?.close();
    },
  };
}
