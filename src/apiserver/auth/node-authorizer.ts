import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import type { Authorizer, Decision, ResourceAttributes } from './attributes.ts';
import type { NodeGraph, ReferenceType } from './node-graph.ts';
import { compileRule } from './rules.ts';
import { nodeNameOf } from './user.ts';

const noOpinion = (reason: string): Decision => ({ allowed: false, reason });
const allowed: Decision = { allowed: true, reason: '' };
const writeVerbs = ['get', 'create', 'update', 'patch', 'delete'];

/**
 * Lets kubelets (user `system:node:NAME` in group `system:nodes`) at what their own pods need and no more (upstream:
 * `plugin/pkg/auth/authorizer/node/node_authorizer.go`). `rules` are those of the ClusterRole `system:node`, which apply to every node
 * where the graph has no say.
 */
export function createNodeAuthorizer(graph: NodeGraph, rules: readonly PolicyRule[]): Authorizer {
  const compiled = rules.map(compileRule);

  const related = (node: string, type: ReferenceType, verbs: readonly string[], attributes: ResourceAttributes): Decision => {
    if (!verbs.includes(attributes.verb)) return noOpinion(`can only ${verbs.join(', ')} individual resources of this type`);
    if (attributes.name === '') return noOpinion('No Object name found');
    const found = graph.reaches(node, type, attributes.namespace, attributes.name);
    return found ? allowed : noOpinion(`no relationship found between node '${node}' and this object`);
  };
  const read = ['get', 'list', 'watch'];
  /** Pods of the node, or one that is related to it. */
  const listed = (node: string, attributes: ResourceAttributes): Decision => {
    const selected = attributes.fields?.some(
      ({ field, operator, value }) => field === 'spec.nodeName' && operator === '=' && value === node,
    );
    if (selected === true) return allowed;
    if (attributes.name !== '') return related(node, 'pod', read, attributes);
    return noOpinion('can only list/watch pods with spec.nodeName field selector');
  };

  const decide = (node: string, attributes: ResourceAttributes): Decision | undefined => {
    const { group, resource, subresource, verb, name, namespace } = attributes;
    const id = `${group}/${resource}${subresource === '' ? '' : `/${subresource}`}`;
    switch (id) {
      case '/secrets':
        return related(node, 'secret', read, attributes);
      case '/configmaps':
        return related(node, 'configmap', read, attributes);
      case '/persistentvolumeclaims':
        return related(node, 'pvc', ['get'], attributes);
      case '/persistentvolumeclaims/status':
        return related(node, 'pvc', ['get', 'update', 'patch'], attributes);
      case '/persistentvolumes':
        return related(node, 'pv', ['get'], attributes);
      case 'storage.k8s.io/volumeattachments':
        return related(node, 'volumeattachment', ['get'], { ...attributes, namespace: '' });
      case '/serviceaccounts':
        return related(node, 'serviceaccount', ['get'], attributes);
      case '/serviceaccounts/token':
        return related(node, 'serviceaccount', ['create'], attributes);
      case '/pods':
        if (verb === 'get') return related(node, 'pod', ['get'], attributes);
        return verb === 'list' || verb === 'watch' ? listed(node, attributes) : undefined;
      case '/nodes':
        // Reading and changing its own node; `create` may carry no name yet and is settled by the NodeRestriction plugin.
        if (verb === 'create') return undefined;
        return ['get', 'list', 'watch'].includes(verb) && name !== node
          ? noOpinion(`node '${node}' cannot read all nodes, only its own Node object`)
          : undefined;
      case 'coordination.k8s.io/leases':
        return own(
          node,
          'leases',
          attributes,
          namespace === 'kube-node-lease' ? '' : 'can only access leases in the "kube-node-lease" system namespace',
        );
      case 'storage.k8s.io/csinodes':
        return own(node, 'CSINode', attributes, '');
      default:
        return undefined;
    }
  };

  return {
    async authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return noOpinion('');
      const decision = attributes.path === undefined ? decide(node, attributes) : undefined;
      if (decision !== undefined) return decision;
      return compiled.some((rule) => rule.matches(attributes)) ? allowed : noOpinion('');
    },
  };
}

/** An object that has the node's own name. A create may have no name in its path; NodeRestriction looks into the body. */
function own(node: string, what: string, { verb, name, subresource }: ResourceAttributes, misplaced: string): Decision {
  if (subresource !== '') return noOpinion('cannot authorize subresources of this type');
  if (misplaced !== '') return noOpinion(misplaced);
  if (!writeVerbs.includes(verb)) return noOpinion(`can only get, create, update, patch, or delete a ${what} of its own`);
  if (verb !== 'create' && name !== node) return noOpinion(`can only access ${what} with the same name as the requesting node`);
  return allowed;
}
