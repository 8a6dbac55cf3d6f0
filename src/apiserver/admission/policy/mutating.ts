import { Optional } from '@marcbachmann/cel-js';
import { type Structure, structureOf } from '../../../api/apply/structure.ts';
import { merged } from '../../../api/apply/typed.ts';
import { jsonValue } from '../../../api/cel/values.ts';
import { semanticEqual } from '../../../api/deep-equal.ts';
import type { KubeObject } from '../../../api/object.ts';
import { applyJsonPatch } from '../../../api/patch/json-patch.ts';
import { kinds } from '../../../api/scheme.ts';
import type { MutatingAdmissionPolicy } from '../../../api/types/admissionregistration-v1.ts';
import type { Store } from '../../../store/store.ts';
import { messageOf } from '../../../util/errors.ts';
import type { Resources } from '../../resources.ts';
import { convertTo } from '../match/criteria.ts';
import { type AdmissionAttributes, type AdmissionPlugin, admissionForbidden } from '../plugin.ts';
import { type Pass, reinvocable } from '../reinvocation.ts';
import { finished, replaceObject } from '../webhook/mutating.ts';
import { type Binding, type Compile, type Compiled, followPolicies, type Policy } from './definitions.ts';
import { type Run, visitPolicies } from './run.ts';

interface Body {
  mutations: readonly { type: string; compiled: Compiled }[];
  reinvoked: boolean;
}

const compileBody = ({ spec }: MutatingAdmissionPolicy, compile: Compile): Body => ({
  mutations: (spec?.mutations ?? []).map(({ patchType, applyConfiguration, jsonPatch }) => ({
    type: patchType,
    compiled: compile((patchType === 'JSONPatch' ? jsonPatch?.expression : applyConfiguration?.expression) ?? ''),
  })),
  reinvoked: spec?.reinvocationPolicy === 'IfNeeded',
});

/** MutatingAdmissionPolicies under their bindings. Resolves when those stored have been read. */
export async function createMutatingPolicies(store: Store, resources: Resources): Promise<AdmissionPlugin> {
  const name = 'MutatingAdmissionPolicy';
  const policies = await followPolicies(store, kinds.MutatingAdmissionPolicy, kinds.MutatingAdmissionPolicyBinding, compileBody);
  return {
    name,
    mutate(attributes, context) {
      const present = policies();
      if (present.length === 0 || attributes.object === undefined || attributes.operation === 'DELETE') return;
      return reinvocable(name, attributes, async (pass) => {
        const refuse = (policy: Policy<Body>, binding: Binding | undefined, message: string): never => {
          const where = binding === undefined ? '' : ` with binding '${binding.name}'`;
          throw admissionForbidden(attributes, `policy '${policy.name}'${where} denied request: ${message}`);
        };
        const visit = (run: Run<Body>): Promise<void> => mutate(run, attributes, pass, refuse);
        for (const policy of present) await visitPolicies([policy], resources, attributes, context, refuse, visit);
      });
    },
  };
}

async function mutate(
  run: Run<Body>,
  attributes: AdmissionAttributes,
  pass: Pass,
  refuse: (policy: Policy<Body>, binding: Binding, message: string) => never,
): Promise<void> {
  const { policy, binding, sent, requested } = run;
  const id = `${policy.name}/${binding.name}`;
  if (!pass.due(id) || attributes.object === undefined) return;
  const before = attributes.object;
  let object = sent.object;
  for (const { type, compiled } of policy.body.mutations) {
    if (object === undefined) return;
    try {
      const value = jsonOf(await run.evaluate(compiled, object));
      const raw =
        type === 'JSONPatch' ? applyJsonPatch(structuredClone(object), value) : laidOver(structureOf(sent.resource.kind), object, value);
      object = finished(attributes, sent.resource, raw);
    } catch (thrown) {
      if (policy.spec.failurePolicy !== 'Ignore') refuse(policy, binding, messageOf(thrown));
      return;
    }
  }
  const next = await convertTo(sent.resource, requested, object);
  if (next !== undefined && !semanticEqual(next, before)) {
    replaceObject(before, next);
    pass.changed();
  }
  if (policy.body.reinvoked) pass.called(id);
}

/** A result as JSON, without the fields whose optional value is absent. */
function jsonOf(value: unknown): unknown {
  if (value instanceof Optional) return value.hasValue() ? jsonOf(value.value()) : undefined;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Map) {
    const entries = [...value].map(([key, inner]) => [String(key), jsonOf(inner)] as const);
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
  }
  return jsonValue(value);
}

/** The configuration laid over the object as server-side apply would; it may not replace what is owned whole. */
function laidOver(structure: Structure, object: KubeObject, configuration: unknown): unknown {
  const atomic = firstAtomic(structure, configuration, '');
  if (atomic !== undefined) throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic}`);
  return merged(structure, object, configuration);
}

function firstAtomic(structure: Structure, value: unknown, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (structure.kind === 'leaf') return path;
  if (structure.kind === 'values') return undefined;
  const inner: [string, Structure, unknown][] =
    structure.kind === 'items'
      ? (Array.isArray(value) ? value : []).map((item: unknown) => [path, structure.item, item])
      : Object.entries(value).map(([name, field]) => [`${path}.${name}`, structure.field(name), field]);
  for (const [at, below, field] of inner) {
    const found = firstAtomic(below, field, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
