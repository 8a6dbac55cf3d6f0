import type { PolicyRule } from '../../api/types/rbac-v1.ts';
import type { Authorizer, Decision, ResourceAttributes } from './attributes.ts';
import type { NodeGraph, ReferenceType } from './node-graph.ts';
import { compileRule } from './rules.ts';
import { nodeNameOf } from './user.ts';

const noOpinion = (reason: string): Decision => ({ allowed: false, reason });
const allowed: Decision = { allowed: true, reason: '' };
const writeVerbs = ['get', 'create', 'update', 'patch', 'delete'];

/** Which verbs a node may use on what it is related to, and what it is told of others. */
interface Access {
  verbs: readonly string[];
  otherwise: string;
  /** Whether asking about all namespaces is refused as such. */
  namespaced?: true;
}
const reading: Access = { verbs: ['get', 'list', 'watch'], otherwise: 'can only read resources of this type', namespaced: true };
const getting: Access = { verbs: ['get'], otherwise: 'can only get individual resources of this type' };
const status: Access = { verbs: ['get', 'update', 'patch'], otherwise: 'can only get/update/patch this type' };
const token: Access = { verbs: ['create'], otherwise: 'can only create tokens for individual service accounts' };

/**
 * Lets kubelets (user `system:node:NAME` in group `system:nodes`) at what their own pods need and no more (upstream:
 * `plugin/pkg/auth/authorizer/node/node_authorizer.go`). `rules` are those of the ClusterRole `system:node`, which apply to every node
 * where the graph has no say.
 */
export function createNodeAuthorizer(graph: NodeGraph, rules: readonly PolicyRule[]): Authorizer {
  const compiled = rules.map(compileRule);

  const related = (
    node: string,
    type: ReferenceType,
    { verbs, otherwise, namespaced }: Access,
    attributes: ResourceAttributes,
  ): Decision => {
    if (!verbs.includes(attributes.verb)) return noOpinion(otherwise);
    if (namespaced === true && attributes.namespace === '') return noOpinion('can only read namespaced object of this type');
    if (attributes.name === '') return noOpinion('No Object name found');
    const found = graph.reaches(node, type, attributes.namespace, attributes.name);
    return found ? allowed : noOpinion(`no relationship found between node '${node}' and this object`);
  };
  /** Pods of the node, or one that is related to it. */
  const listed = (node: string, attributes: ResourceAttributes): Decision => {
    const selected = attributes.fields?.some(
      ({ field, operator, value }) => field === 'spec.nodeName' && operator === '=' && value === node,
    );
    if (selected === true) return allowed;
    if (attributes.name !== '') return related(node, 'pod', reading, attributes);
    return noOpinion('can only list/watch pods with spec.nodeName field selector');
  };

  const decide = (node: string, attributes: ResourceAttributes): Decision | undefined => {
    const { group, resource, subresource, verb, name, namespace } = attributes;
    const id = `${group}/${resource}${subresource === '' ? '' : `/${subresource}`}`;
    switch (id) {
      case '/secrets':
        return related(node, 'secret', reading, attributes);
      case '/configmaps':
        return related(node, 'configmap', reading, attributes);
      case '/persistentvolumeclaims':
        return related(node, 'pvc', getting, attributes);
      case '/persistentvolumeclaims/status':
        return related(node, 'pvc', status, attributes);
      case '/persistentvolumes':
        return related(node, 'pv', getting, attributes);
      case 'storage.k8s.io/volumeattachments':
        return related(node, 'volumeattachment', getting, { ...attributes, namespace: '' });
      case '/serviceaccounts':
        return related(node, 'serviceaccount', getting, attributes);
      case '/serviceaccounts/token':
        return related(node, 'serviceaccount', token, attributes);
      case '/pods':
        if (verb === 'get') return related(node, 'pod', getting, attributes);
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
          'node lease',
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
  if (subresource !== '') return noOpinion(`cannot authorize ${what} subresources`);
  if (misplaced !== '') return noOpinion(misplaced);
  if (!writeVerbs.includes(verb)) return noOpinion(`can only get, create, update, patch, or delete a ${what}`);
  if (verb !== 'create' && name !== node) return noOpinion(`can only access ${what} with the same name as the requesting node`);
  return allowed;
}
