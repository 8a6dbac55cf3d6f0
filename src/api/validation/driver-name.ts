import { subdomainErrors } from '../qualified-name.ts';
import { type Errors, required, tooLong } from './field-error.ts';
import { check } from './formats.ts';

const longest = 63;

function* named(field: string, name: string): Errors {
  if (name.length > longest) yield tooLong(field, longest);
  yield* check(field, name, (value) => subdomainErrors(value.toLowerCase()));
}

/** The name of a driver of devices. */
export function* driverName(field: string, name: string | undefined): Errors {
  if (!name) yield required(field);
  else yield* named(field, name);
}

/** ValidateCSIDriverName: an absent name is also said to be no name. */
export function* csiDriverName(field: string, name: string | undefined): Errors {
  if (!name) yield required(field);
  yield* named(field, name ?? '');
}
