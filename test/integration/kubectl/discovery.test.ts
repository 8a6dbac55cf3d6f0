import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** What kubectl learns of the server: its kinds, their fields, and the server itself. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 1 });
  await cluster.plane.faults;
  kubectl = cluster.kubectl;
});
afterAll(() => cluster.stop());

/** `kubectl api-resources` of a default v1.36 cluster, and what Shoal adds: name, short names, version, whether in namespaces, kind. */
const resources = `
faults - chaos.shoal.dev/v1alpha1 false Fault
bindings - v1 true Binding
componentstatuses cs v1 false ComponentStatus
configmaps cm v1 true ConfigMap
endpoints ep v1 true Endpoints
events ev v1 true Event
limitranges limits v1 true LimitRange
namespaces ns v1 false Namespace
nodes no v1 false Node
persistentvolumeclaims pvc v1 true PersistentVolumeClaim
persistentvolumes pv v1 false PersistentVolume
pods po v1 true Pod
podtemplates - v1 true PodTemplate
replicationcontrollers rc v1 true ReplicationController
resourcequotas quota v1 true ResourceQuota
secrets - v1 true Secret
serviceaccounts sa v1 true ServiceAccount
services svc v1 true Service
mutatingadmissionpolicies - admissionregistration.k8s.io/v1 false MutatingAdmissionPolicy
mutatingadmissionpolicybindings - admissionregistration.k8s.io/v1 false MutatingAdmissionPolicyBinding
mutatingwebhookconfigurations - admissionregistration.k8s.io/v1 false MutatingWebhookConfiguration
validatingadmissionpolicies - admissionregistration.k8s.io/v1 false ValidatingAdmissionPolicy
validatingadmissionpolicybindings - admissionregistration.k8s.io/v1 false ValidatingAdmissionPolicyBinding
validatingwebhookconfigurations - admissionregistration.k8s.io/v1 false ValidatingWebhookConfiguration
customresourcedefinitions crd,crds apiextensions.k8s.io/v1 false CustomResourceDefinition
apiservices - apiregistration.k8s.io/v1 false APIService
controllerrevisions - apps/v1 true ControllerRevision
daemonsets ds apps/v1 true DaemonSet
deployments deploy apps/v1 true Deployment
replicasets rs apps/v1 true ReplicaSet
statefulsets sts apps/v1 true StatefulSet
selfsubjectreviews - authentication.k8s.io/v1 false SelfSubjectReview
tokenreviews - authentication.k8s.io/v1 false TokenReview
localsubjectaccessreviews - authorization.k8s.io/v1 true LocalSubjectAccessReview
selfsubjectaccessreviews - authorization.k8s.io/v1 false SelfSubjectAccessReview
selfsubjectrulesreviews - authorization.k8s.io/v1 false SelfSubjectRulesReview
subjectaccessreviews - authorization.k8s.io/v1 false SubjectAccessReview
horizontalpodautoscalers hpa autoscaling/v2 true HorizontalPodAutoscaler
cronjobs cj batch/v1 true CronJob
jobs - batch/v1 true Job
certificatesigningrequests csr certificates.k8s.io/v1 false CertificateSigningRequest
leases - coordination.k8s.io/v1 true Lease
endpointslices - discovery.k8s.io/v1 true EndpointSlice
events ev events.k8s.io/v1 true Event
flowschemas - flowcontrol.apiserver.k8s.io/v1 false FlowSchema
prioritylevelconfigurations - flowcontrol.apiserver.k8s.io/v1 false PriorityLevelConfiguration
ingressclasses - networking.k8s.io/v1 false IngressClass
ingresses ing networking.k8s.io/v1 true Ingress
ipaddresses ip networking.k8s.io/v1 false IPAddress
networkpolicies netpol networking.k8s.io/v1 true NetworkPolicy
servicecidrs - networking.k8s.io/v1 false ServiceCIDR
runtimeclasses - node.k8s.io/v1 false RuntimeClass
poddisruptionbudgets pdb policy/v1 true PodDisruptionBudget
clusterrolebindings - rbac.authorization.k8s.io/v1 false ClusterRoleBinding
clusterroles - rbac.authorization.k8s.io/v1 false ClusterRole
rolebindings - rbac.authorization.k8s.io/v1 true RoleBinding
roles - rbac.authorization.k8s.io/v1 true Role
deviceclasses - resource.k8s.io/v1 false DeviceClass
resourceclaims - resource.k8s.io/v1 true ResourceClaim
resourceclaimtemplates - resource.k8s.io/v1 true ResourceClaimTemplate
resourceslices - resource.k8s.io/v1 false ResourceSlice
priorityclasses pc scheduling.k8s.io/v1 false PriorityClass
csidrivers - storage.k8s.io/v1 false CSIDriver
csinodes - storage.k8s.io/v1 false CSINode
csistoragecapacities - storage.k8s.io/v1 true CSIStorageCapacity
storageclasses sc storage.k8s.io/v1 false StorageClass
volumeattachments - storage.k8s.io/v1 false VolumeAttachment
volumeattributesclasses vac storage.k8s.io/v1 false VolumeAttributesClass
`
  .trim()
  .split('\n')
  .map((line) => line.split(' ') as [name: string, short: string, version: string, namespaced: string, kind: string]);

describe('kinds', () => {
  it('api-resources lists those of v1.36 and of Shoal, no more and no less', async () => {
    const lines = (await kubectl('api-resources --no-headers')).trim().split('\n');
    // The column of short names is empty where there are none.
    const shown = lines
      .map((line) => line.trim().split(/\s+/))
      .map((cells) => (cells.length === 4 ? [cells[0], '-', ...cells.slice(1)] : cells));
    expect(shown.map((cells) => cells.join(' ')).sort()).toEqual(resources.map((cells) => cells.join(' ')).sort());
  });

  it('api-resources by group, verb, category and scope', async () => {
    const names = async (args: string): Promise<string[]> => (await kubectl(`api-resources -o name ${args}`)).trim().split('\n').sort();
    expect(await names('--api-group=batch')).toEqual(['cronjobs.batch', 'jobs.batch']);
    expect(await names('--categories=all --api-group=')).toEqual(['pods', 'replicationcontrollers', 'services']);
    expect(await names('--verbs=create --namespaced=false --api-group=authentication.k8s.io')).toEqual([
      'selfsubjectreviews.authentication.k8s.io',
      'tokenreviews.authentication.k8s.io',
    ]);
    expect(await names('--verbs=list --api-group=authorization.k8s.io')).toEqual(['']);
  });

  it('api-versions', async () => {
    const versions = [...new Set([...resources.map(([, , version]) => version), 'autoscaling/v1'])].sort();
    expect((await kubectl('api-versions')).trim().split('\n')).toEqual(versions);
  });

  it.each([
    ['get nonsense', 'error: the server doesn\'t have a resource type "nonsense"\n'],
    ['explain nonsense', 'the server doesn\'t have a resource type "nonsense"\n'],
    ['explain pods.nonsense', 'error: field "nonsense" does not exist\n'],
  ])('%s is told that there is none', async (args, said) => {
    const { code, stderr } = await kubectl.try(args);
    expect([code, stderr.endsWith(said)]).toEqual([1, true]);
  });
});

describe('explain', () => {
  it('every kind: what it is and what fields it has', async () => {
    const queue = resources.values();
    const problems: string[] = [];
    const work = async (): Promise<void> => {
      for (const [name, , version, , kind] of queue) {
        const text = await kubectl(['explain', name, `--api-version=${version}`]);
        const [head = '', fields = ''] = text.split('FIELDS:\n');
        const described = /DESCRIPTION:\n {4}\S/.test(head) && new RegExp(`^KIND: +${kind}$`, 'm').test(head);
        // Custom kinds have a sentence of their own.
        if (!described || !/^ {2}metadata\t<ObjectMeta>(?: -required-)?\n {4}(?:ObjectMeta is|Standard object's metadata)/m.test(fields))
          problems.push(`${version} ${name}`);
      }
    };
    await Promise.all([work(), work(), work()]);
    expect(problems).toEqual([]);
  });

  it('a field, all fields below, and in the old form', async () => {
    expect(await kubectl('explain po.status.message')).toMatch(/^KIND: +Pod\nVERSION: +v1\n\nFIELD: message <string>\n/);
    const all = await kubectl('explain deployment.spec --recursive');
    expect(all).toMatch(/ {2}selector\t<LabelSelector> -required-\n {4}matchExpressions\t<\[\]LabelSelectorRequirement>/);
    expect(all).toContain('      maxSurge\t<IntOrString>');
    expect(await kubectl('explain service.spec.ports --output=plaintext-openapiv2')).toMatch(
      /^KIND: +Service[\s\S]*RESOURCE: ports <\[\]Object>/,
    );
    expect(await kubectl('explain hpa.spec.targetCPUUtilizationPercentage --api-version=autoscaling/v1')).toContain('<integer>');
  });
});

describe('the server', () => {
  it('version, as it is served too', async () => {
    const { serverVersion } = JSON.parse(await kubectl('version -o json')) as { serverVersion: unknown };
    expect(serverVersion).toMatchObject({ major: '1', minor: '36', platform: expect.stringMatching(/^linux\//) });
    const raw = await kubectl('get --raw /version');
    expect(raw.startsWith('{\n  "major": "1",\n')).toBe(true);
    expect(JSON.parse(raw)).toEqual(serverVersion);
  });

  it('cluster-info, and a dump of it', async () => {
    expect(await kubectl('cluster-info')).toContain(`Kubernetes control plane is running at ${cluster.server}\n`);
    const dump = await kubectl('cluster-info dump --output-directory=-');
    for (const kind of ['NodeList', 'EventList', 'ReplicationControllerList', 'ServiceList', 'DaemonSetList', 'DeploymentList', 'PodList'])
      expect(dump).toContain(`"kind": "${kind}"`);
  });

  it('health, check by check', async () => {
    expect(await kubectl('get --raw /readyz?verbose')).toMatch(/^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/);
    expect(await kubectl('get --raw /livez?exclude=etcd')).toBe('ok');
    expect(await kubectl('get componentstatuses')).toMatch(/etcd-0\s+Healthy\s+ok/);
  });

  it('top has nothing to show without a metrics server', async () => {
    for (const what of ['nodes', 'pods']) {
      expect(await kubectl.try(`top ${what}`)).toEqual({ code: 1, stdout: '', stderr: 'error: Metrics API not available\n' });
    }
  });

  it('OpenAPI v2 says what upstream’s readers look for', async () => {
    const { paths, definitions } = JSON.parse(await kubectl('get --raw /openapi/v2'));
    const list = paths['/api/v1/namespaces/{namespace}/services'].get;
    expect(list.operationId).toBe('listCoreV1NamespacedService');
    const described = Object.fromEntries(list.parameters.map((one: { name: string; description: string }) => [one.name, one.description]));
    expect(described.labelSelector).toContain('list of returned objects');
    expect(described.watch).toContain('Watch for changes to the described resources');
    expect(definitions['io.k8s.api.core.v1.ServiceList'].properties.items.description).toBe('List of services');
  });
});
