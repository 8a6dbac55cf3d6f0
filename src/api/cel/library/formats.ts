import { type Environment, Optional } from '@marcbachmann/cel-js';
import { labelValueErrors, qualifiedNameErrors, subdomainErrors } from '../../qualified-name.ts';
import { matchesFormat } from '../../structural/formats.ts';
import { asPrefix, type Check, dns1035Label, dnsLabel } from '../../validation/formats.ts';

const known =
  (format: string, fault: string): Check =>
  (value) =>
    matchesFormat(format, value) ? [] : [fault];
const uri: Check = (value) =>
  /^(\/|[A-Za-z][A-Za-z0-9+.-]*:)/.test(value) ? [] : [`parse ${JSON.stringify(value)}: invalid URI for request`];

/** `format.dns1123Label()` and the rest of Kubernetes' format library; each answers what is wrong with a text, or none. */
const named: Record<string, Check> = {
  dns1123Label: dnsLabel,
  dns1123Subdomain: subdomainErrors,
  dns1035Label,
  qualifiedName: qualifiedNameErrors,
  dns1123LabelPrefix: asPrefix(dnsLabel),
  dns1123SubdomainPrefix: asPrefix(subdomainErrors),
  dns1035LabelPrefix: asPrefix(dns1035Label),
  labelValue: labelValueErrors,
  uri,
  uuid: known('uuid', 'does not match the UUID format'),
  byte: known('byte', 'invalid base64'),
  date: known('date', 'invalid date'),
  datetime: known('date-time', 'invalid datetime'),
};

class FormatNamespace {}
class NamedFormat {
  readonly check: Check;
  constructor(check: Check) {
    this.check = check;
  }
}

const type = 'kubernetes.NamedFormat';

export function registerFormats(environment: Environment): void {
  environment
    .registerType('FormatNamespace', FormatNamespace)
    .registerConstant('format', 'FormatNamespace', new FormatNamespace())
    .registerType(type, { ctor: NamedFormat, fields: {} })
    .registerFunction(`${type}.validate(string): optional<list<string>>`, ({ check }: NamedFormat, value: string) => {
      const problems = check(value);
      return problems.length === 0 ? Optional.none() : Optional.of(problems);
    })
    .registerFunction(`FormatNamespace.named(string): optional<${type}>`, (_format: unknown, name: string) => {
      const check = Object.hasOwn(named, name) ? named[name] : undefined;
      return check === undefined ? Optional.none() : Optional.of(new NamedFormat(check));
    });
  for (const [name, check] of Object.entries(named)) {
    const format = new NamedFormat(check);
    environment.registerFunction(`FormatNamespace.${name}(): ${type}`, () => format);
  }
}
