import { kinds } from '../../api/scheme.ts';
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '../../api/types/flowcontrol-v1.ts';
import type { Store } from '../../store/store.ts';
import { follow } from '../auth/follow.ts';
import { splitServiceAccountUserName, type UserInfo } from '../auth/user.ts';
import type { RequestInfo } from '../paths.ts';

/** The headers of an answer that say how its request was classified; none for a request that runs on for long. */
export type Classifier = (info: RequestInfo, user: UserInfo) => FlowHeaders | undefined;

export type FlowHeaders = Record<'x-kubernetes-pf-flowschema-uid' | 'x-kubernetes-pf-prioritylevel-uid', string>;

interface Flow {
  schema: FlowSchema;
  headers: FlowHeaders;
}

/** What upstream's filter lets pass unclassified, because it holds a place for as long as it runs; watches give theirs back. */
const longRunning = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);
/** Compared in order; `matchingPrecedence` is 1000 where it is not given. */
const defaultPrecedence = 1000;

/**
 * Puts each request under the first FlowSchema that matches it, by `matchingPrecedence` and then name, of those whose priority
 * level exists (upstream: `util/flowcontrol`). This server queues nothing, so that this is told and has no other effect.
 * Resolves when the stored ones are known; later changes are followed.
 */
export async function createClassifier(store: Store): Promise<Classifier> {
  const levels = new Map<string, string>();
  const schemas = new Map<string, FlowSchema>();
  let flows: Flow[] | undefined;
  const keepIn = <T extends { metadata: { name?: string } }, V>(known: Map<string, V>, held: (object: T) => V) => ({
    set(object: T): void {
      known.set(object.metadata.name ?? '', held(object));
      flows = undefined;
    },
    remove(object: T): void {
      known.delete(object.metadata.name ?? '');
      flows = undefined;
    },
  });
  await follow(
    store,
    kinds.PriorityLevelConfiguration,
    keepIn(levels, ({ metadata }) => metadata.uid ?? ''),
  );
  await follow(
    store,
    kinds.FlowSchema,
    keepIn(schemas, (schema: FlowSchema) => schema),
  );
  return (info, user) => {
    if (info.isResource && longRunning.has(info.subresource)) return undefined;
    flows ??= flowsOf(schemas.values(), levels);
    return flows.find(({ schema }) => schema.spec?.rules?.some((rule) => matches(rule, info, user)))?.headers;
  };
}

function flowsOf(schemas: Iterable<FlowSchema>, levels: ReadonlyMap<string, string>): Flow[] {
  const flows: Flow[] = [];
  for (const schema of schemas) {
    const level = levels.get(schema.spec?.priorityLevelConfiguration?.name ?? '');
    if (level === undefined) continue;
    const headers = { 'x-kubernetes-pf-flowschema-uid': schema.metadata.uid ?? '', 'x-kubernetes-pf-prioritylevel-uid': level };
    flows.push({ schema, headers });
  }
  return flows.sort((a, b) => precedenceOf(a) - precedenceOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
}

const precedenceOf = ({ schema }: Flow): number => schema.spec?.matchingPrecedence ?? defaultPrecedence;
const nameOf = ({ schema }: Flow): string => schema.metadata.name ?? '';

function matches({ subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects, info: RequestInfo, user: UserInfo): boolean {
  if (!subjects.some((subject) => isSubject(subject, user))) return false;
  return info.isResource
    ? (resourceRules ?? []).some((rule) => coversResource(rule, info))
    : (nonResourceRules ?? []).some((rule) => coversPath(rule, info));
}

function isSubject({ kind, user, group, serviceAccount }: Subject, who: UserInfo): boolean {
  if (kind === 'User') return user !== undefined && (user.name === '*' || user.name === who.name);
  if (kind === 'Group') return group !== undefined && (group.name === '*' || who.groups.includes(group.name));
  const account = splitServiceAccountUserName(who.name);
  if (serviceAccount === undefined || account === undefined) return false;
  return serviceAccount.namespace === account.namespace && (serviceAccount.name === '*' || serviceAccount.name === account.name);
}

const listed = (list: readonly string[] | undefined, item: string): boolean => list?.some((one) => one === '*' || one === item) === true;

function coversResource(rule: ResourcePolicyRule, { verb, group, resource, subresource, namespace }: RequestInfo): boolean {
  const named = subresource === '' ? resource : `${resource}/${subresource}`;
  if (!listed(rule.verbs, verb) || !listed(rule.apiGroups, group) || !listed(rule.resources, named)) return false;
  return namespace === '' ? rule.clusterScope === true : listed(rule.namespaces, namespace);
}

function coversPath({ verbs, nonResourceURLs }: NonResourcePolicyRule, { verb, path }: RequestInfo): boolean {
  if (!listed(verbs, verb)) return false;
  return listed(nonResourceURLs, path) || nonResourceURLs.some((url) => url.endsWith('/*') && path.startsWith(url.slice(0, -1)));
}
