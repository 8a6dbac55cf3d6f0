import { subdomainErrors } from '../qualified-name.ts';
import { kinds } from '../scheme.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../types/admissionregistration-v1.ts';
import { entries, labelSelector, optionalOneOf } from './common.ts';
import { duplicate, type Errors, invalid, notSupported, required } from './field-error.ts';
import { check, dns1035Label, fullyQualifiedName, portNumber } from './formats.ts';
import { matchConditions } from './match-conditions.ts';
import { objectMeta } from './meta.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

export function* mutatingWebhooks({ metadata, webhooks }: MutatingWebhookConfiguration): Errors {
  yield* objectMeta(kinds.MutatingWebhookConfiguration, metadata);
  yield* webhookList(webhooks);
  for (const [i, { reinvocationPolicy }] of entries(webhooks)) {
    yield* optionalOneOf(`webhooks[${i}].reinvocationPolicy`, reinvocationPolicy, ['IfNeeded', 'Never']);
  }
}
export function* validatingWebhooks({ metadata, webhooks }: ValidatingWebhookConfiguration): Errors {
  yield* objectMeta(kinds.ValidatingWebhookConfiguration, metadata);
  yield* webhookList(webhooks);
}
function* webhookList(webhooks: (MutatingWebhook | ValidatingWebhook)[] | undefined): Errors {
  const names = new Set<string>();
  for (const [i, webhook] of entries(webhooks)) {
    const at = `webhooks[${i}]`;
    if (!webhook.name) yield required(`${at}.name`);
    else yield* check(`${at}.name`, webhook.name, (name) => fullyQualifiedName(name, 3));
    yield* webhookRules(at, webhook);
    yield* reviewVersions(`${at}.admissionReviewVersions`, webhook.admissionReviewVersions ?? []);
    if (webhook.name && names.has(webhook.name)) yield duplicate(`${at}.name`, webhook.name);
    names.add(webhook.name);
  }
}

function* webhookRules(field: string, webhook: MutatingWebhook | ValidatingWebhook): Errors {
  for (const [i, rule] of entries(webhook.rules)) yield* ruleWithOperations(`${field}.rules[${i}]`, rule);
  yield* optionalOneOf(`${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']);
  yield* optionalOneOf(`${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']);
  if (webhook.sideEffects === undefined || webhook.sideEffects === null)
    yield required(`${field}.sideEffects`, 'must specify one of None, NoneOnDryRun');
  else yield* optionalOneOf(`${field}.sideEffects`, webhook.sideEffects, ['None', 'NoneOnDryRun']);
  const seconds = webhook.timeoutSeconds;
  if (seconds !== undefined && (seconds < 1 || seconds > 30)) {
    yield invalid(`${field}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds');
  }
  yield* labelSelector(`${field}.namespaceSelector`, webhook.namespaceSelector);
  yield* labelSelector(`${field}.objectSelector`, webhook.objectSelector);
  yield* clientConfig(`${field}.clientConfig`, webhook.clientConfig);
  yield* matchConditions(`${field}.matchConditions`, webhook.matchConditions, {});
}

function* reviewVersions(field: string, versions: string[]): Errors {
  if (versions.length === 0) {
    yield required(field, 'must specify one of v1, v1beta1');
    return;
  }
  for (const [i, version] of versions.entries()) {
    if (versions.indexOf(version) < i) yield invalid(`${field}[${i}]`, version, 'duplicate version');
    else yield* check(`${field}[${i}]`, version, dns1035Label);
  }
  if (!versions.some((version) => version === 'v1' || version === 'v1beta1')) {
    yield invalid(field, versions, 'must include at least one of v1, v1beta1');
  }
}

/** Where a webhook is: a URL or a Service. */
export function* clientConfig(field: string, config: WebhookClientConfig | undefined): Errors {
  const { url, service } = config ?? {};
  if ((url === undefined) === (service === undefined)) {
    yield required(field, 'exactly one of url or service is required');
    return;
  }
  if (url !== undefined) yield* webhookUrl(`${field}.url`, url);
  if (service === undefined) return;
  if (!service.name) yield required(`${field}.service.name`);
  if (!service.namespace) yield required(`${field}.service.namespace`);
  for (const problem of portNumber(service.port ?? 443)) {
    yield invalid(`${field}.service.port`, service.port, `port is not valid: ${problem}`);
  }
  yield* servicePath(`${field}.service.path`, service.path ?? '/');
}

function* webhookUrl(field: string, url: string): Errors {
  const form = '; desired format: https://host[/path]';
  if (url.startsWith(':')) {
    yield required(field, `url must be a valid URL: parse ${JSON.stringify(url)}: missing protocol scheme${form}`);
    return;
  }
  const parts = /^(?:([a-z][a-z\d+.-]*):)?(?:\/\/(?:([^@/?#]*)@)?([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/i.exec(url);
  const [, scheme = '', user, host = '', query = '', fragment = ''] = parts ?? [];
  if (scheme !== 'https') yield invalid(field, scheme, `'https' is the only allowed URL scheme${form}`);
  if (host === '') yield invalid(field, host, `host must be specified${form}`);
  if (user !== undefined) yield invalid(field, user, 'user information is not permitted in the URL');
  if (fragment !== '') yield invalid(field, fragment, 'fragments are not permitted in the URL');
  if (query !== '') yield invalid(field, query, 'query parameters are not permitted in the URL');
}

function* servicePath(field: string, path: string): Errors {
  if (path === '' || path === '/') return;
  if (path === '//') {
    yield invalid(field, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) yield invalid(field, path, "must start with a '/'");
  for (const [i, step] of path.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (step === '') yield invalid(field, path, `segment[${i}] may not be empty`);
    else yield* check(field, path, () => subdomainErrors(step).map((problem) => `segment[${i}]: ${problem}`));
  }
}

export function* ruleWithOperations(field: string, rule: RuleWithOperations): Errors {
  if ((rule.operations ?? []).length === 0) yield required(`${field}.operations`);
  if ((rule.operations ?? []).length > 1 && rule.operations?.includes('*')) {
    yield invalid(`${field}.operations`, rule.operations, "if '*' is present, must not specify other operations");
  }
  for (const [i, operation] of entries(rule.operations)) {
    if (!operations.includes(operation)) yield notSupported(`${field}.operations[${i}]`, operation, operations);
  }
  for (const list of ['apiGroups', 'apiVersions'] as const) {
    const values = rule[list] ?? [];
    if (values.length === 0) yield required(`${field}.${list}`);
    if (values.length > 1 && values.includes('*')) {
      const what = list === 'apiGroups' ? 'API groups' : 'API versions';
      yield invalid(`${field}.${list}`, values, `if '*' is present, must not specify other ${what}`);
    }
  }
  for (const [i, version] of entries(rule.apiVersions)) if (!version) yield required(`${field}.apiVersions[${i}]`);
  yield* ruleResources(`${field}.resources`, rule.resources ?? []);
  yield* optionalOneOf(`${field}.scope`, rule.scope, ['*', 'Cluster', 'Namespaced']);
}

function* ruleResources(field: string, resources: string[]): Errors {
  if (resources.length === 0) yield required(field);
  const [everySubresource, everyResource] = [new Set<string>(), new Set<string>()];
  let named = false;
  for (const [i, text] of resources.entries()) {
    const at = `${field}[${i}]`;
    if (text === '') {
      yield required(at);
      continue;
    }
    const slash = text.indexOf('/');
    if (slash < 0) {
      // As upstream has it, the last resource without a subresource decides.
      named = text !== '*';
      continue;
    }
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    if (everySubresource.has(resource)) yield invalid(at, text, `if '${resource}/*' is present, must not specify ${text}`);
    if (everyResource.has(subresource)) yield invalid(at, text, `if '*/${subresource}' is present, must not specify ${text}`);
    if (subresource === '*') everySubresource.add(resource);
    if (resource === '*') everyResource.add(subresource);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    yield invalid(field, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes('*') && named) {
    yield invalid(field, resources, "if '*' is present, must not specify other resources without subresources");
  }
}
