/**
 * Field selectors (`status.phase=Running,metadata.name!=web`): apimachinery pkg/fields with the field label conversions
 * and selectable fields of each kind's registry.
 */
import type { Kind } from './kind.ts';
import type { KubeObject } from './object.ts';
import { ApiError } from './status.ts';

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  matches(object: KubeObject): boolean;
  readonly everything: boolean;
  /** The value that `field` must equal, where the selector says so: lets a list of one name become a get. */
  requiresExactMatch(field: string): string | undefined;
}

export const everyField: FieldSelector = {
  requirements: [],
  matches: () => true,
  everything: true,
  requiresExactMatch: () => undefined,
};

/** Older names that upstream still takes. */
const aliases: Record<string, Record<string, string>> = { Pod: { 'spec.host': 'spec.nodeName' } };
/** Kinds whose conversion upstream left to DefaultMetaV1FieldSelectorConversion answer in other words. */
const unsupported = (kind: Pick<Kind, 'kind' | 'selectableFields' | 'custom'>, field: string): ApiError =>
  new ApiError(
    'BadRequest',
    kind.kind === 'Job'
      ? `field label ${JSON.stringify(field)} not supported for Job`
      : kind.selectableFields.length > 0 || kind.custom !== undefined
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );

/** What every kind is selected by; Namespaces have a conversion that leaves out what they do not have. */
const common = ({ group, kind }: Pick<Kind, 'group' | 'kind'>): readonly string[] =>
  group === '' && kind === 'Namespace' ? ['metadata.name'] : ['metadata.name', 'metadata.namespace'];

/** Parses a field selector for objects of `kind`; the empty text selects everything. Throws {@link ApiError} BadRequest. */
export function parseFieldSelector(kind: Pick<Kind, 'group' | 'kind' | 'selectableFields' | 'custom'>, text: string): FieldSelector {
  const requirements = fieldRequirements(text).map((requirement) => {
    const field = aliases[kind.kind]?.[requirement.field] ?? requirement.field;
    if (!common(kind).includes(field) && !kind.selectableFields.includes(field)) throw unsupported(kind, field);
    return { ...requirement, field };
  });
  if (requirements.length === 0) return everyField;
  const tests = requirements.map(({ field, operator, value }) => {
    const read = readerOf(kind, field);
    return operator === '=' ? (object: KubeObject) => read(object) === value : (object: KubeObject) => read(object) !== value;
  });
  return {
    requirements,
    matches: (object) => tests.every((test) => test(object)),
    everything: false,
    requiresExactMatch: (field) => requirements.find((r) => r.field === field && r.operator === '=')?.value,
  };
}

/** What a field selector says, whatever it is for. Throws {@link ApiError} BadRequest for a text that is none. */
export function fieldRequirements(text: string): FieldRequirement[] {
  return terms(text).flatMap((term) => {
    if (term === '') return [];
    const match = /^((?:[^\\=!]|\\.|!(?!=))*)(!=|==|=)(.*)$/s.exec(term);
    if (match === null) throw new ApiError('BadRequest', `invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, raw = ''] = match;
    return [{ field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(raw) } as const];
  });
}

/** Splits at commas that no backslash precedes. */
function terms(text: string): string[] {
  const out: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      out.push(text.slice(start, i));
      start = i + 1;
    }
  }
  out.push(text.slice(start));
  return out;
}

function unescapeValue(value: string): string {
  const bare = value.replace(/\\[\\,=]/g, '');
  const slip = /\\.?|=/.exec(bare);
  if (slip !== null) {
    throw new ApiError(
      'BadRequest',
      slip[0] === '='
        ? `invalid field selector: unescaped character in value: ${slip[0]}`
        : `invalid field selector: invalid escape sequence: ${slip[0]}`,
    );
  }
  return value.replace(/\\([\\,=])/g, '$1');
}

type Reader = (object: KubeObject) => string;

/** Selectable fields that are not simply the text at their path. */
const special: Record<string, Record<string, Reader>> = {
  'Pod.': {
    'spec.hostNetwork': (object) => textAt(object, ['spec', 'hostNetwork'], 'false'),
    'status.podIP': (object) => textAt(object, ['status', 'podIPs', '0', 'ip'], textAt(object, ['status', 'podIP'])),
    // Upstream takes this one and never fills it in.
    'status.podIPs': () => '',
  },
  'Event.': {
    source: (object) => textAt(object, ['source', 'component']) || textAt(object, ['reportingComponent']),
    reportingComponent: (object) => textAt(object, ['reportingComponent']),
  },
  'Node.': { 'spec.unschedulable': (object) => textAt(object, ['spec', 'unschedulable'], 'false') },
  'Job.batch': { 'status.successful': (object) => textAt(object, ['status', 'succeeded'], '0') },
  'ReplicaSet.apps': { 'status.replicas': (object) => textAt(object, ['status', 'replicas'], '0') },
  'ReplicationController.': { 'status.replicas': (object) => textAt(object, ['status', 'replicas'], '0') },
};

function readerOf(kind: Pick<Kind, 'group' | 'kind'>, field: string): Reader {
  const own = special[`${kind.kind}.${kind.group}`]?.[field];
  if (own !== undefined) return own;
  const path = field.split('.');
  return (object) => textAt(object, path);
}

function textAt(object: unknown, path: readonly string[], absent = ''): string {
  let value: unknown = object;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return absent;
    value = (value as Record<string, unknown>)[part];
  }
  return value === undefined || value === null ? absent : String(value);
}
