import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type { APIService } from '../types/apiregistration-v1.ts';
import { entries, oneOf } from './common.ts';
import { type Errors, invalid, required } from './field-error.ts';
import { check, dns1035Label, portNumber } from './formats.ts';
import { objectMeta, objectMetaUpdate, pathSegment } from './meta.ts';

export function* apiService({ metadata, spec }: APIService): Errors {
  yield* objectMeta(kinds.APIService, metadata);
  const expected = `${spec?.version}.${spec?.group ?? ''}`;
  if (metadata.name && pathSegment(metadata.name).length === 0 && metadata.name !== expected) {
    yield invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(expected)}`);
  }
  if (!spec?.group) {
    if (spec?.version !== 'v1') yield required('spec.group', 'only v1 may have an empty group and it better be legacy kube');
  } else yield* check('spec.group', spec.group, subdomainErrors);
  yield* check('spec.version', spec?.version ?? '', dns1035Label);
  const priority = spec?.groupPriorityMinimum ?? 0;
  if (priority <= 0 || priority > 20_000) {
    yield invalid('spec.groupPriorityMinimum', priority, 'must be positive and less than 20000');
  }
  const versionPriority = spec?.versionPriority ?? 0;
  if (versionPriority <= 0 || versionPriority > 1000) {
    yield invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000');
  }
  if (spec?.service === undefined) {
    if (spec?.caBundle)
      yield invalid('spec.caBundle', `${Buffer.from(spec.caBundle, 'base64').length} bytes`, 'local APIServices may not have a caBundle');
    if (spec?.insecureSkipTLSVerify === true)
      yield invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify');
    return;
  }
  if (!spec.service.namespace) yield required('spec.service.namespace');
  if (!spec.service.name) yield required('spec.service.name');
  const problem = portNumber(spec.service.port ?? 443)[0];
  if (problem !== undefined) yield invalid('spec.service.port', spec.service.port, `port is not valid: ${problem}`);
  if (spec.insecureSkipTLSVerify === true && spec.caBundle) {
    yield invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present');
  }
}
export function* apiServiceUpdate(object: APIService, old: APIService): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  yield* apiService(object);
}
export function* apiServiceStatusUpdate(object: APIService, old: APIService): Errors {
  yield* objectMetaUpdate(object.metadata, old.metadata);
  for (const [i, { status }] of entries(object.status?.conditions)) {
    yield* oneOf(`status.conditions[${i}].status`, status, ['True', 'False', 'Unknown']);
  }
}
