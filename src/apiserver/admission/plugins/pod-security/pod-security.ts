import { semanticEqual } from '../../../../api/deep-equal.ts';
import type { KubeObject } from '../../../../api/object.ts';
import { kinds } from '../../../../api/scheme.ts';
import type { Pod, PodTemplateSpec } from '../../../../api/types/core-v1.ts';
import { type AdmissionAttributes, type AdmissionPlugin, admissionForbidden, isFor } from '../../plugin.ts';
import { violations } from './checks.ts';
import { checkNamespace } from './namespace-labels.ts';
import { policiesOf } from './policy.ts';

/** Holds pods to the Pod Security Standard that their namespace's labels ask for; objects that make pods get a warning. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  async validate(attributes, context) {
    if (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE') return;
    if (isFor(attributes, kinds.Namespace)) return checkNamespace(attributes, context);
    const isPod = isFor(attributes, kinds.Pod) || isFor(attributes, kinds.Pod, 'ephemeralcontainers');
    const pod = isPod ? (attributes.object as Pod) : templateOf(attributes);
    if (pod === undefined || (isPod && !isSignificant(attributes))) return;
    const labels = (await context.get(kinds.Namespace, attributes.namespace))?.metadata.labels;
    if (labels === undefined) return;
    const { enforce, warn } = policiesOf(labels);
    if (isPod && enforce.level !== 'privileged') {
      const broken = violations(enforce.level, pod, enforce.version);
      if (broken.length > 0)
        throw admissionForbidden(attributes, `violates PodSecurity ${JSON.stringify(enforce.name)}: ${broken.join(', ')}`);
    }
    if (warn.level === 'privileged' || (isPod && warn.name === enforce.name)) return;
    const broken = violations(warn.level, pod, warn.version);
    if (broken.length > 0) attributes.warn?.(`would violate PodSecurity ${JSON.stringify(warn.name)}: ${broken.join(', ')}`);
  },
};

/** Updates that leave alone what the checks read are let through, so that tightening a namespace breaks no running pod. */
function isSignificant({ operation, object, oldObject, subresource }: AdmissionAttributes): boolean {
  if (operation === 'CREATE' || subresource !== '') return true;
  const pod = object as Pod;
  const old = oldObject as Pod;
  const images = ({ spec }: Pod) => [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ image }) => image);
  return !semanticEqual(images(pod), images(old)) || !semanticEqual(appArmor(pod), appArmor(old));
}

const appArmor = (pod: Pod) =>
  Object.entries(pod.metadata.annotations ?? {}).filter(([key]) => key.startsWith('container.apparmor.security'));

/** The pod that an object would make: of a Deployment, a Job, a CronJob and the like. */
function templateOf(attributes: AdmissionAttributes): Pod | undefined {
  if (attributes.subresource !== '') return undefined;
  const makers: readonly { plural: string; group: string }[] = [
    kinds.PodTemplate,
    kinds.ReplicationController,
    kinds.ReplicaSet,
    kinds.Deployment,
    kinds.DaemonSet,
    kinds.StatefulSet,
    kinds.Job,
    kinds.CronJob,
  ];
  if (!makers.some(({ plural, group }) => plural === attributes.kind.plural && group === attributes.kind.group)) return undefined;
  type Maker = KubeObject & {
    template?: PodTemplateSpec;
    spec?: { template?: PodTemplateSpec; jobTemplate?: { spec?: { template?: PodTemplateSpec } } };
  };
  const object = attributes.object as Maker;
  const template = object.template ?? object.spec?.template ?? object.spec?.jobTemplate?.spec?.template;
  return template === undefined
    ? undefined
    : { metadata: template.metadata ?? {}, ...(template.spec === undefined ? {} : { spec: template.spec }) };
}
