import { kinds } from '../../../api/scheme.ts';
import type { Ingress } from '../../../api/types/networking-v1.ts';
import { type AdmissionPlugin, isFor } from '../plugin.ts';
import { defaultOf } from './default-of.ts';

/** An Ingress that names no class gets the default one. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  async mutate(attributes, context) {
    if (attributes.operation !== 'CREATE' || !isFor(attributes, kinds.Ingress)) return;
    const ingress = attributes.object as Ingress;
    if (ingress.spec?.ingressClassName !== undefined) return;
    if (ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
    const chosen = defaultOf(await context.list(kinds.IngressClass), ['ingressclass.kubernetes.io/is-default-class']);
    if (chosen !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: chosen.metadata.name ?? '' };
  },
};
