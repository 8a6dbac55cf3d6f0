import { subdomainErrors } from '../qualified-name.ts';
import { type Errors, required } from './field-error.ts';
import { check } from './formats.ts';

const longest = 63;

/** ValidateCSIDriverName, which holds for the drivers of devices too. */
export function* driverName(field: string, name: string | undefined): Errors {
  if (!name) yield required(field);
  else {
    yield* check(field, name.toLowerCase(), (value) => [
      ...(value.length > longest ? [`must be no more than ${longest} bytes`] : []),
      ...subdomainErrors(value),
    ]);
  }
}
