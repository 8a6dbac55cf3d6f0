import { type FieldRequirement, fieldRequirements } from '../../api/fields.ts';
import { parseSelector, selectorFrom } from '../../api/labels.ts';
import type { ResourceAttributes } from '../../api/types/authorization-v1.ts';
import { type FieldError, invalid, required } from '../../api/validation/field-error.ts';

/**
 * The selectors that an access review may ask with (upstream: AuthorizeWithSelectors). What of them is not understood is left
 * out, which asks for more than the request would, and the answer says so.
 */
export interface ReviewSelectors {
  fields: FieldRequirement[] | undefined;
  /** For `status.evaluationError`. */
  ignored: string[];
}

type Selector = { rawSelector?: string; requirements?: unknown[] } | undefined;
type Attributes = Pick<ResourceAttributes, 'fieldSelector' | 'labelSelector'>;

/** A selector is given in one of two ways. */
export function* selectorErrors(attributes: Attributes): Generator<FieldError> {
  yield* oneWay(attributes.fieldSelector, 'fieldSelector');
  yield* oneWay(attributes.labelSelector, 'labelSelector');
}

function* oneWay(selector: Selector, name: string): Generator<FieldError> {
  if (selector === undefined) return;
  const at = `spec.resourceAttributes.${name}`;
  const { rawSelector = '', requirements = [] } = selector;
  if (rawSelector !== '' && requirements.length > 0) {
    yield invalid(`${at}.rawSelector`, rawSelector, 'may not specified at the same time as requirements');
  }
  if (rawSelector === '' && requirements.length === 0) {
    yield required(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`);
  }
}

/** Reads what a valid review asks with. */
export function selectorsOf({ fieldSelector, labelSelector }: Attributes): ReviewSelectors {
  const ignored: string[] = [];
  const note = (name: string, some: boolean): void => {
    ignored.push(`spec.resourceAttributes.${name} ${some ? 'partially ignored' : 'ignored'} due to parse error`);
  };
  let fields: FieldRequirement[] | undefined;
  if (fieldSelector !== undefined) {
    const { rawSelector = '', requirements = [] } = fieldSelector;
    const read = rawSelector === '' ? requirements.map(requirementOf) : attempt(() => fieldRequirements(rawSelector));
    fields = (read ?? []).filter((one) => one !== undefined);
    if (read === undefined || fields.length < read.length) note('fieldSelector', fields.length > 0);
  }
  if (labelSelector !== undefined) {
    const { rawSelector = '', requirements = [] } = labelSelector;
    const read =
      rawSelector === ''
        ? requirements.map((requirement) => attempt(() => selectorFrom({ matchExpressions: [requirement] })))
        : [attempt(() => parseSelector(rawSelector))];
    if (read.includes(undefined))
      note(
        'labelSelector',
        read.some((one) => one !== undefined),
      );
  }
  return { fields, ignored };
}

/** Field selectors know only that a field has one value, or has not. */
function requirementOf({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }): FieldRequirement | undefined {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0 || (operator !== 'In' && operator !== 'NotIn')) return undefined;
  return { field: key, operator: operator === 'In' ? '=' : '!=', value };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
