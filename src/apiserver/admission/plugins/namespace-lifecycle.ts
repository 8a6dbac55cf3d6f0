import { kinds } from '../../../api/scheme.ts';
import { ApiError } from '../../../api/status.ts';
import { type AdmissionPlugin, admissionForbidden, isFor, lookupNotFound } from '../plugin.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);

/** Refuses content for namespaces that are missing or going, and the deletion of those the cluster needs. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  async mutate(attributes, context) {
    const { operation, kind, namespace, name } = attributes;
    if (isFor(attributes, kinds.Namespace)) {
      if (operation === 'DELETE' && immortal.has(name)) throw admissionForbidden(attributes, 'this namespace may not be deleted');
      return;
    }
    if (!kind.namespaced || namespace === '' || operation === 'DELETE') return;
    const found = await context.get(kinds.Namespace, namespace);
    if (found === undefined) throw lookupNotFound(kinds.Namespace, namespace);
    if (operation !== 'CREATE' || found.status?.phase !== 'Terminating') return;
    const refusal = admissionForbidden(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`);
    throw new ApiError('Forbidden', refusal.message, {
      ...refusal.details,
      causes: [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
    });
  },
};
