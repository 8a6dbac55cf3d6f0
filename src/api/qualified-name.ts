/**
 * The formats of label keys and values, with the messages of apimachinery's util/validation. Each function returns what
 * is wrong; an empty list means valid.
 */
const nameFormat = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomainFormat = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const tooLong = (most: number, unit = 'bytes'): string => `must be no more than ${most} ${unit}`;
const utf8Length = (text: string): number => (/^[\0-\x7f]*$/.test(text) ? text.length : Buffer.byteLength(text));

/** `name` or `prefix/name`: label keys, annotation keys, finalizers, condition types, resource names. */
export function qualifiedNameErrors(value: string): string[] {
  const problems: string[] = [];
  const parts = value.split('/');
  let name = value;
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    name = parts[1] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...subdomainErrors(prefix, 'bytes').map((problem) => `prefix part ${problem}`));
  } else if (parts.length > 2) {
    return [
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ];
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (utf8Length(name) > 63) problems.push(`name part ${tooLong(63)}`);
  if (!nameFormat.test(name)) {
    problems.push(
      "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    );
  }
  return problems;
}

export function labelValueErrors(value: string): string[] {
  const problems: string[] = [];
  if (utf8Length(value) > 63) problems.push(tooLong(63));
  if (value !== '' && !nameFormat.test(value)) {
    problems.push(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    );
  }
  return problems;
}

/** RFC 1123 subdomain: most object names. Upstream counts the characters of names and the bytes of keys, and means bytes by both. */
export function subdomainErrors(value: string, unit: 'characters' | 'bytes' = 'characters'): string[] {
  const problems: string[] = [];
  if (utf8Length(value) > 253) problems.push(tooLong(253, unit));
  if (!subdomainFormat.test(value)) {
    problems.push(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    );
  }
  return problems;
}
