import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { queryFlag } from '../paths.ts';
import type { Call } from '../rest/call.ts';
import { attributesFor } from '../rest/create.ts';
import { subresourceFacts } from '../subresource-facts.ts';

const flags = ['stdin', 'stdout', 'stderr', 'tty'];

/** The options object of a connection (PodExecOptions, ServiceProxyOptions…), as the query says it. */
function connectOptions({ resource, info, request }: Call): KubeObject {
  const { query } = request;
  const facts = subresourceFacts(resource.kind, info.subresource).kind ?? { group: '', version: 'v1', kind: '' };
  const container = query.get('container') ?? '';
  const options: Record<string, unknown> = { kind: facts.kind, apiVersion: apiVersionOf(facts) };
  if (info.subresource === 'proxy') options['path'] = info.rest;
  else if (info.subresource === 'portforward') options['ports'] = query.getAll('ports').flatMap((text) => text.split(',').map(Number));
  else {
    for (const flag of flags) if (queryFlag(query, flag)) options[flag] = true;
    if (container !== '') options['container'] = container;
    if (info.subresource === 'exec') options['command'] = query.getAll('command');
  }
  return options as unknown as KubeObject;
}

/** Puts a connection (exec, attach, port-forward, proxy) before admission. Throws the refusal. */
export async function admitConnect(call: Call): Promise<void> {
  const attributes = { ...attributesFor(call, 'CONNECT', undefined, undefined), object: connectOptions(call) };
  const { options: _, ...connect } = attributes;
  await call.rest.admission.mutate(connect);
  await call.rest.admission.validate(connect);
}
