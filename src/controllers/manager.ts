import type { Client } from '../client/client.ts';
import type { ControllerSpec } from '../client/controller.ts';
import type { Gate } from '../client/gate.ts';
import type { InformerFactory } from '../client/informer.ts';
import { createPart, informersUntil, type Part, type PartRun } from '../client/part.ts';
import { createRecorder } from '../client/recorder.ts';
import { runController } from '../client/run-controller.ts';
import type { Clock } from '../util/clock.ts';
import type { Logger } from '../util/log.ts';
import { certificateSigner } from './certificate-signer.ts';
import { clusterRoleAggregationController } from './clusterrole-aggregation.ts';
import { type ControllerConfig, type ControllerContext, defaultConfig, type StartController } from './context.ts';
import { cronJobController } from './cronjob/cronjob.ts';
import { daemonSetController } from './daemonset/daemonset.ts';
import { deploymentController } from './deployment/deployment.ts';
import { disruptionController } from './disruption/disruption.ts';
import { endpointsController } from './endpointslice/endpoints.ts';
import { endpointSliceController } from './endpointslice/endpointslice.ts';
import { endpointSliceMirroringController } from './endpointslice/mirroring.ts';
import { garbageCollector } from './garbagecollector/garbagecollector.ts';
import { jobController } from './job/job.ts';
import { namespaceController } from './namespace.ts';
import { nodeIpamController } from './nodeipam.ts';
import { nodeLifecycleController } from './nodelifecycle/nodelifecycle.ts';
import { taintEvictionController } from './nodelifecycle/taint-eviction.ts';
import { podGCController } from './podgc.ts';
import { replicaSetController, replicationController } from './replicaset/replicaset.ts';
import { resourceQuotaController } from './resourcequota.ts';
import { rootCACertPublisher } from './root-ca-cert-publisher.ts';
import { serviceAccountController } from './serviceaccount.ts';
import { serviceAccountTokenController } from './serviceaccount-token.ts';
import { serviceCIDRController } from './servicecidrs.ts';
import { statefulSetController } from './statefulset/statefulset.ts';
import { ttlAfterFinishedController } from './ttl-after-finished.ts';
import { validatingAdmissionPolicyStatusController } from './validatingadmissionpolicy-status.ts';
import { volumeBinder } from './volume/binder.ts';
import { ephemeralVolumeController } from './volume/ephemeral.ts';
import { defaultStorageClass } from './volume/local-path.ts';
import { pvcProtectionController, pvProtectionController } from './volume/protection.ts';

/** Every controller by its kube-controller-manager name. */
export const controllers = {
  'namespace-controller': namespaceController,
  'serviceaccount-controller': serviceAccountController,
  'root-ca-certificate-publisher-controller': rootCACertPublisher,
  'serviceaccount-token-controller': serviceAccountTokenController,
  'deployment-controller': deploymentController,
  'replicaset-controller': replicaSetController,
  'replicationcontroller-controller': replicationController,
  'statefulset-controller': statefulSetController,
  'daemonset-controller': daemonSetController,
  'job-controller': jobController,
  'cronjob-controller': cronJobController,
  'ttl-after-finished-controller': ttlAfterFinishedController,
  'endpointslice-controller': endpointSliceController,
  'endpointslice-mirroring-controller': endpointSliceMirroringController,
  'endpoints-controller': endpointsController,
  'service-cidr-controller': serviceCIDRController,
  'node-ipam-controller': nodeIpamController,
  'node-lifecycle-controller': nodeLifecycleController,
  'taint-eviction-controller': taintEvictionController,
  'pod-garbage-collector-controller': podGCController,
  'garbage-collector-controller': garbageCollector,
  'disruption-controller': disruptionController,
  'resourcequota-controller': resourceQuotaController,
  'clusterrole-aggregation-controller': clusterRoleAggregationController,
  'validatingadmissionpolicy-status-controller': validatingAdmissionPolicyStatusController,
  'certificatesigningrequest-signing-controller': certificateSigner,
  'default-storageclass': defaultStorageClass,
  'persistentvolume-binder-controller': volumeBinder,
  'persistentvolumeclaim-protection-controller': pvcProtectionController,
  'persistentvolume-protection-controller': pvProtectionController,
  'ephemeral-volume-controller': ephemeralVolumeController,
} as const satisfies Record<string, StartController>;

export interface StartControllersOptions {
  client: Client;
  informers: InformerFactory;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** See `RunOptions`. */
  gate?: Gate;
  config?: Partial<ControllerConfig>;
}

/**
 * Starts all controllers over one informer factory; resolves when they run, and they stop with the signal. Each is a part of its
 * own, by its name.
 */
export async function startControllers({
  client,
  informers,
  clock,
  log,
  signal,
  gate,
  config,
}: StartControllersOptions): Promise<Map<string, Part>> {
  const context: Omit<ControllerContext, 'informers' | 'signal'> = {
    client,
    clock,
    log,
    config: { ...defaultConfig, ...config },
    recorder: (component) => createRecorder({ client, clock, component }),
  };
  const parts = Object.entries(controllers).map(([name, start]: [string, StartController]) => {
    const part = createPart(signal, async (run) => {
      const own = informersUntil(run.signal, informers);
      const specs = start({ ...context, informers: own, signal: run.signal, log: log.for(name) });
      await informers.synced();
      for (const spec of [specs].flat())
        void runController(held(spec, run), {
          clock,
          log: log.for(spec.name),
          signal: run.signal,
          ...(gate === undefined ? {} : { gate }),
        });
    });
    return [name, part] as const;
  });
  await Promise.all(parts.map(([, part]) => part.start()));
  return new Map(parts);
}

const held = (spec: ControllerSpec, { hold }: PartRun): ControllerSpec => ({
  ...spec,
  async reconcile(key) {
    await hold();
    return spec.reconcile(key);
  },
});
