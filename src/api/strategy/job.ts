import type { Job } from '../types/batch-v1.ts';
import { type Strategy, typed } from './parts.ts';

const uidLabel = 'batch.kubernetes.io/controller-uid';

/** Jobs select their pods by their own uid unless `manualSelector` says that the user chose. */
export const job: Pick<Strategy, 'create'> = typed<Job>({
  create(object) {
    const { spec, metadata } = object;
    if (spec === undefined) return;
    spec.template ??= {};
    if (spec.manualSelector !== true) {
      const { name = '', uid = '' } = metadata;
      spec.template.metadata ??= {};
      spec.template.metadata.labels = {
        'job-name': name,
        'batch.kubernetes.io/job-name': name,
        'controller-uid': uid,
        [uidLabel]: uid,
        ...spec.template.metadata.labels,
      };
      spec.selector ??= {};
      spec.selector.matchLabels = { [uidLabel]: uid, ...spec.selector.matchLabels };
    }
    // Upstream's defaulter copies these when the stored object is read back.
    const labels = spec.template.metadata?.labels;
    if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  },
});
