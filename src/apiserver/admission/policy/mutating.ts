import { Optional } from '@marcbachmann/cel-js';
import { type Structure, structureOf } from '../../../api/apply/structure.ts';
import { merged } from '../../../api/apply/typed.ts';
import { typedPath } from '../../../api/apply/typed-path.ts';
import { jsonValue } from '../../../api/cel/values.ts';
import { decodeObject } from '../../../api/decode.ts';
import { semanticEqual } from '../../../api/deep-equal.ts';
import type { Kind } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/object.ts';
import { changedBy, type Operation, PatchFailure } from '../../../api/patch/json-patch.ts';
import { kinds } from '../../../api/scheme.ts';
import { ApiError, statusCodes } from '../../../api/status.ts';
import type { MutatingAdmissionPolicy } from '../../../api/types/admissionregistration-v1.ts';
import { mutationResults } from '../../../api/validation/policies.ts';
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

const resultOf = (patchType: string): string[] => [mutationResults[patchType] ?? ''];
const compileBody = ({ spec }: MutatingAdmissionPolicy, compile: Compile): Body => ({
  mutations: (spec?.mutations ?? []).map(({ patchType, applyConfiguration, jsonPatch }) => ({
    type: patchType,
    compiled: compile((patchType === 'JSONPatch' ? jsonPatch?.expression : applyConfiguration?.expression) ?? '', resultOf(patchType)),
  })),
  reinvoked: spec?.reinvocationPolicy === 'IfNeeded',
});

/** What a policy has against the request; it goes on to the next all the same. */
type Refuse = (policy: Policy<Body>, binding: Binding | undefined, message: string) => void;

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
        const refusals: string[] = [];
        const refuse: Refuse = (policy, binding, message) => {
          const by = binding === undefined ? JSON.stringify(policy.name) : `'${policy.name}' with binding '${binding.name}'`;
          refusals.push(`policy ${by} denied request: ${message}`);
        };
        const visit = (run: Run<Body>): Promise<void> => mutate(run, attributes, pass, refuse);
        for (const policy of present) await visitPolicies([policy], resources, attributes, context, refuse, visit);
        if (refusals.length > 0) throw refusalError(attributes, refusals);
      });
    },
  };
}

/** Upstream: policyDispatcher.Dispatch, whose reason is Invalid under the code of Forbidden but for what could not be set up. */
function refusalError(attributes: AdmissionAttributes, [first = '', ...others]: readonly string[]): ApiError {
  const { details } = admissionForbidden(attributes, first);
  const reason = first.includes(' denied request: failed to configure ') ? 'Forbidden' : 'Invalid';
  const causes = [first, ...others].map((message) => ({ message }));
  return new ApiError(reason, first, { ...details, causes }, statusCodes.Forbidden);
}

async function mutate(run: Run<Body>, attributes: AdmissionAttributes, pass: Pass, refuse: Refuse): Promise<void> {
  const { policy, binding, sent, requested } = run;
  const id = `${policy.name}/${binding.name}`;
  if (!pass.due(id) || attributes.object === undefined) return;
  const before = attributes.object;
  let object = sent.object;
  for (const { type, compiled } of policy.body.mutations) {
    if (object === undefined) return;
    try {
      const value = jsonOf(await run.evaluate(compiled, object));
      if ('program' in compiled && compiled.program.mismatch !== undefined) throw new Error(`type mismatch: ${compiled.program.mismatch}`);
      if (type === 'JSONPatch') object = finished(attributes, sent.resource, patched(object, value), 'Strict');
      else object = finished(attributes, sent.resource, laidOver(sent.resource.kind, object, value));
    } catch (thrown) {
      if (thrown instanceof PatchFailure && thrown.tested) continue;
      if (thrown instanceof ApiError) throw thrown;
      const prefix = thrown instanceof PatchFailure ? 'JSONPath: ' : '';
      if (policy.spec.failurePolicy !== 'Ignore') refuse(policy, binding, prefix + messageOf(thrown));
    }
  }
  const next = await convertTo(sent.resource, requested, object);
  if (next !== undefined && !semanticEqual(next, before)) {
    replaceObject(before, next);
    pass.changed();
  }
  if (policy.body.reinvoked) pass.called(id);
}

const patched = (object: KubeObject, operations: unknown): unknown => changedBy(structuredClone(object), operations as Operation[]);

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
function laidOver(kind: Kind, object: KubeObject, configuration: unknown): unknown {
  const structure = structureOf(kind);
  const given = configuration as Partial<KubeObject>;
  const undeclared = decodeObject(kind, { ...given, apiVersion: object.apiVersion, kind: object.kind }).unknown;
  if (undeclared.length > 0) {
    const lines = undeclared.map((path) => `${typedPath(kind, given, path)}: field not declared in schema`);
    const text = lines.length === 1 ? lines[0] : `errors:\n${lines.map((line) => `  ${line}`).join('\n')}`;
    throw new Error(`error applying patch: failed to convert patch object to typed object: ${text}`);
  }
  const atomic = [...atomics(structure, configuration, '')];
  if (atomic.length === 0) return merged(structure, object, configuration);
  throw new Error(`error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(', ')}`);
}

function* atomics(structure: Structure, value: unknown, path: string): Iterable<string> {
  if (typeof value !== 'object' || value === null || structure.kind === 'values') return;
  if (structure.kind === 'leaf') {
    yield path;
  } else if (structure.kind === 'items') {
    for (const [i, item] of (Array.isArray(value) ? value : []).entries()) yield* atomics(structure.item, item, `${path}[${i}]`);
  } else for (const [name, field] of Object.entries(value)) yield* atomics(structure.field(name), field, `${path}.${name}`);
}
