import { isIP, isIPv4, isIPv6 } from 'node:net';
import { subdomainErrors } from '../qualified-name.ts';
import { type Errors, invalid } from './field-error.ts';

/**
 * The formats of apimachinery's util/validation, with its messages. Each check returns what is wrong with a text; none
 * means valid. Label keys, label values and subdomains are in `../qualified-name.ts`.
 */
export type Check = (value: string) => string[];

const maxLength = (most: number): string => `must be no more than ${most} characters`;
const between = (least: number, most: number): string => `must be between ${least} and ${most}, inclusive`;
const explain = (text: string, regex: string, ...examples: string[]): string =>
  `${text} (e.g. ${examples.map((example) => `'${example}'`).join(',  or ')}, regex used for validation is '${regex}')`;

function format(regex: string, most: number, text: string, ...examples: string[]): Check {
  const pattern = new RegExp(`^(${regex})$`);
  return (value) => [
    ...(Buffer.byteLength(value) > most ? [maxLength(most)] : []),
    ...(pattern.test(value) ? [] : [explain(text, regex, ...examples)]),
  ];
}

const anyLabel = format(
  '[a-z0-9]([-a-z0-9]*[a-z0-9])?',
  63,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  'my-name',
  '123-abc',
);
/** A label; of what would be a name of several, only the dots are wrong. */
export const dnsLabel: Check = (value) => {
  const problems = anyLabel(value);
  const onlyDots = problems.length > 0 && value.includes('.') && subdomainErrors(value).length === 0;
  return onlyDots ? [...problems.slice(0, -1), 'must not contain dots'] : problems;
};
export const dns1035Label = format(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  63,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
);
export const wildcardSubdomain = format(
  '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*',
  253,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
);
export const httpHeaderName = format(
  '[-A-Za-z0-9]+',
  Number.MAX_SAFE_INTEGER,
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  'X-Header-Name',
);
export const percent = format('[0-9]+%', 63, "a valid percent string must be a numeric string followed by an ending '%'", '1%', '93%');
const configKey = format(
  '[-._a-zA-Z0-9]+',
  253,
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
);
const dotDot: Check = (value) => {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
};
export const configMapKey: Check = (value) => [...configKey(value), ...dotDot(value)];
export const envVarName: Check = (value) =>
  /^[ -<>-~]+$/.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

export function portName(value: string): string[] {
  const problems: string[] = [];
  if (Buffer.byteLength(value) > 15) problems.push(maxLength(15));
  if (!/^[-a-z0-9]+$/.test(value)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}
export const portNumber = (value: number): string[] =>
  Number.isInteger(value) && value >= 1 && value <= 65_535 ? [] : [between(1, 65_535)];
export const userID = (value: number): string[] => (value >= 0 && value <= 2_147_483_647 ? [] : [between(0, 2_147_483_647)]);
export const inRange = (value: number, least: number, most: number): string[] =>
  value >= least && value <= most ? [] : [between(least, most)];

export const ip: Check = (value) =>
  isIP(value) !== 0 && !/^0\d|\.0\d/.test(value) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
export function cidr(value: string): string[] {
  const [address = '', bits = ''] = value.split('/');
  const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1;
  const valid = /^\d{1,3}$/.test(bits) && Number(bits) <= most && value.split('/').length === 2;
  return valid ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
}

/** A domain with at least one dot, such as an API group or a webhook's name. */
export function fullyQualifiedName(value: string, parts: number): string[] {
  const problems = subdomainErrors(value);
  if (problems.length > 0) return problems;
  const names: Record<number, string> = { 2: 'two', 3: 'three' };
  return value.split('.').length < parts ? [`should be a domain with at least ${names[parts] ?? parts} segments separated by dots`] : [];
}

/** Names that get a suffix may end in a dash. */
export const asPrefix =
  (check: Check): Check =>
  (value) =>
    check(value.length > 1 && value.endsWith('-') ? `${value.slice(0, -1)}a` : value);

/** The checks' messages as Invalid errors of one field. */
export function* check(field: string, value: string, test: Check): Errors {
  for (const problem of test(value)) yield invalid(field, value, problem);
}
export function* checkNumber(field: string, value: number, test: (value: number) => string[]): Errors {
  for (const problem of test(value)) yield invalid(field, value, problem);
}
