import facts from '../facts/always-written.json' with { type: 'json' };
import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { isPointer } from '../protobuf/pointers.ts';
import { definitions, resolveProperty, type SchemaProperty } from '../schema.ts';

/**
 * What Go writes even where nothing was said: fields without `omitempty`, and structs that are held by value, for which
 * `omitempty` does nothing. OpenAPI's required fields are written so, all but pointers; of its optional ones those that
 * `facts/always-written.json` names by definition. A `?` there marks a pointer, which is written as null. And what Go leaves
 * out even where it was said: the zeros of all other scalars that are no pointers. Without both, an object would seem changed
 * once a client in Go has read and written it.
 */
const optional = facts as unknown as Readonly<Record<string, readonly string[]>>;

/** Required, and yet pointers: that nothing was said is found by validation, which must be able to tell. */
const requiredPointers: Readonly<Record<string, readonly string[]>> = {
  'apps.v1.DaemonSetSpec': ['selector'],
  'apps.v1.DeploymentSpec': ['selector'],
  'apps.v1.ReplicaSetSpec': ['selector'],
  'apps.v1.StatefulSetSpec': ['selector'],
  'admissionregistration.v1.MutatingWebhook': ['sideEffects'],
  'admissionregistration.v1.ValidatingWebhook': ['sideEffects'],
  'core.v1.ScaleIOPersistentVolumeSource': ['secretRef'],
  'core.v1.ScaleIOVolumeSource': ['secretRef'],
  'networking.v1.IPAddressSpec': ['parentRef'],
};

type Fields = Record<string, unknown>;
type Fill = (object: Fields) => void;
/** Undefined where there is nothing to fill, in the value itself or below it. */
type Filler = { fill: Fill | undefined };

const fillers = new Map<string, Filler>();
/** Known to be clean: the server itself takes care of it. */
const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const zeros: Readonly<Record<string, unknown>> = { string: '', integer: 0, number: 0, boolean: false };
const scalars: Readonly<Record<string, unknown>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': '0',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 0,
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': null,
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': null,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': null,
};

/** Brings `object`, a private copy of a built-in kind, into the form in which upstream would write it. */
export const fillAlwaysWritten = ({ schema }: Kind, object: KubeObject): void => fillerOf(schema).fill?.(object as unknown as Fields);

function fillerOf(name: string): Filler {
  const known = fillers.get(name);
  if (known !== undefined) return known;
  // A definition that contains itself meets its own filler here, and asks it when it is used.
  const filler: Filler = { fill: undefined };
  fillers.set(name, filler);
  const { properties = {}, required = [] } = definitions[name] ?? {};
  const short = name.split('.').slice(-3).join('.');
  const named = new Set(optional[short]);
  const omitted = new Set<string>();
  const zeroSteps: Fill[] = [];
  const inner = new Map<string, Fill>();
  for (const [field, property] of Object.entries(properties)) {
    const pointer = requiredPointers[short]?.includes(field) === true || isPointer(name, field);
    const always = named.has(field) || named.has(`${field}?`) || (required.includes(field) && !pointer);
    if (always) zeroSteps.push(zeroStep(field, property, named.has(`${field}?`)));
    else if (!pointer && (property.type ?? '') in zeros) omitted.add(field);
    const below = innerFill(field, property);
    if (below !== undefined) inner.set(field, below);
  }
  if (zeroSteps.length > 0 || omitted.size > 0 || inner.size > 0) {
    filler.fill = (object) => {
      for (const step of zeroSteps) step(object);
      // By what there is, which is far less than what there may be.
      for (const key in object) {
        const value = object[key];
        if (typeof value === 'object') {
          if (value !== null) inner.get(key)?.(value as Fields);
        } else if ((value === '' || value === 0 || value === false) && omitted.has(key)) delete object[key];
      }
    };
  }
  return filler;
}

function zeroStep(field: string, property: SchemaProperty, pointer: boolean): Fill {
  const { name, definition } = resolveProperty(property);
  const collection = property.items !== undefined || property.additionalProperties !== undefined;
  if (collection) {
    // An empty list is stored as nothing, and so comes back as null.
    return (object) => {
      const value = object[field];
      if (value === undefined || (Array.isArray(value) && value.length === 0)) object[field] = null;
    };
  }
  if (!pointer && name !== undefined && !(name in scalars) && definition.type === 'object') {
    return (object) => {
      object[field] ??= {};
    };
  }
  const zero = pointer ? null : name !== undefined && name in scalars ? scalars[name] : (zeros[definition.type ?? ''] ?? null);
  return (object) => {
    if (object[field] === undefined) object[field] = zero;
  };
}

/** Goes into structs, and into those in lists and maps; metadata has nothing to fill. */
function innerFill(field: string, property: SchemaProperty): Fill | undefined {
  const { name } = resolveProperty(property.items ?? property.additionalProperties ?? property);
  if (name === undefined || name in scalars || name === metadata) return undefined;
  const inner = fillerOf(name);
  // Not known yet for a definition that is being worked out.
  if (inner.fill === undefined && definitions[name]?.properties?.[field] === undefined) return undefined;
  if (property.items === undefined && property.additionalProperties === undefined) return (value) => inner.fill?.(value);
  return (values) => {
    for (const item of Object.values(values) as Fields[]) inner.fill?.(item);
  };
}
