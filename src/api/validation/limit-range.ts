import { qualifiedNameErrors } from '../qualified-name.ts';
import { milliValue, quantityToNumber } from '../quantity.ts';
import { kinds } from '../scheme.ts';
import type { LimitRange, LimitRangeItem } from '../types/core-v1.ts';
import { compare, entries } from './common.ts';
import { duplicate, type Errors, forbidden, invalid, required } from './field-error.ts';
import { objectMeta } from './meta.ts';
import { containerResourceName, isOvercommitAllowed, resourceName } from './resources.ts';

const parts = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

export function* limitRange({ metadata, spec }: LimitRange): Errors {
  yield* objectMeta(kinds.LimitRange, metadata);
  yield* limits(spec);
}
function* limits(spec: LimitRange['spec']): Errors {
  const types = new Set<string>();
  for (const [i, item] of entries(spec?.limits)) {
    const at = `spec.limits[${i}]`;
    const problems = qualifiedNameErrors(item.type ?? '');
    for (const problem of problems) yield invalid(`${at}.type`, item.type, problem);
    if (problems.length === 0 && !item.type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(item.type)) {
      yield invalid(`${at}.type`, item.type, 'must be a standard limit type or fully qualified');
    }
    if (types.has(item.type)) yield duplicate(`${at}.type`, item.type);
    types.add(item.type);
    yield* itemRules(at, item);
  }
}

function* itemRules(field: string, item: LimitRangeItem): Errors {
  const nameRule = item.type === 'Pod' || item.type === 'Container' ? containerResourceName : resourceName;
  const names = new Set<string>();
  for (const part of parts) {
    const amounts = Object.keys(item[part] ?? {});
    if (item.type === 'Pod' && (part === 'default' || part === 'defaultRequest')) {
      if (amounts.length > 0) yield forbidden(`${field}.${part}`, "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const name of amounts) {
      yield* nameRule(`${field}.${part}[${name}]`, name);
      names.add(name);
    }
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined) {
    yield required(`${field}.limits`, 'either minimum or maximum storage value is required, but neither was provided');
  }
  for (const name of names) yield* orderRules(field, name, item);
}

function* orderRules(field: string, name: string, item: LimitRangeItem): Errors {
  const least = item.min?.[name];
  const most = item.max?.[name];
  const limit = item.default?.[name];
  const request = item.defaultRequest?.[name];
  const ratio = item.maxLimitRequestRatio?.[name];
  const exceeds = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && (compare(a, b) ?? 0) > 0;
  const at = (part: string): string => `${field}.${part}[${name}]`;
  if (exceeds(least, most)) yield invalid(at('min'), least, `min value ${least} is greater than max value ${most}`);
  if (exceeds(least, request))
    yield invalid(at('defaultRequest'), request, `min value ${least} is greater than default request value ${request}`);
  if (exceeds(request, most))
    yield invalid(at('defaultRequest'), request, `default request value ${request} is greater than max value ${most}`);
  if (exceeds(request, limit)) {
    yield invalid(at('defaultRequest'), request, `default request value ${request} is greater than default limit value ${limit}`);
  }
  if (exceeds(least, limit)) yield invalid(at('default'), least, `min value ${least} is greater than default value ${limit}`);
  if (exceeds(limit, most)) yield invalid(at('default'), most, `default value ${limit} is greater than max value ${most}`);
  if (ratio !== undefined) {
    if ((compare(ratio, '1') ?? 0) < 0) yield invalid(at('maxLimitRequestRatio'), ratio, `ratio ${ratio} is less than 1`);
    if (least !== undefined && most !== undefined && quantityToNumber(least) > 0) {
      const highest = milliValue(most) / milliValue(least);
      if (milliValue(ratio) / 1000 > highest) {
        yield invalid(at('maxLimitRequestRatio'), ratio, `ratio ${ratio} is greater than max/min = ${highest.toFixed(6)}`);
      }
    }
  }
  if (!isOvercommitAllowed(name) && limit !== undefined && request !== undefined && compare(limit, request) !== 0) {
    yield invalid(at('defaultRequest'), request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`);
  }
}
