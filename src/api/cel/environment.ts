import { Environment } from '@marcbachmann/cel-js';
import { registerAddresses } from './library/addresses.ts';
import { registerConversions } from './library/conversions.ts';
import { registerFormats } from './library/formats.ts';
import { registerLists } from './library/lists.ts';
import { registerOptionals } from './library/optionals.ts';
import { registerQuantities } from './library/quantities.ts';
import { registerSemver } from './library/semver.ts';
import { registerSets } from './library/sets.ts';
import { registerStrings } from './library/strings.ts';
import { registerTwoVariableMacros } from './library/two-variables.ts';
import { registerUrls } from './library/urls.ts';
import { registerOperators } from './operators.ts';

let base: Environment | undefined;

/**
 * A fresh environment with everything that Kubernetes adds to CEL (apiserver/pkg/cel/library): extended strings, lists, sets,
 * regular expressions, URLs, IP addresses, CIDRs, quantities, named formats, semantic versions, optionals and comprehensions
 * over two variables. The caller declares its variables and types on it, then compiles with `compileExpression`.
 */
export function celEnvironment(): Environment {
  base ??= makeBase();
  return base.clone();
}

function makeBase(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxListElements: 10_000, maxMapEntries: 10_000 },
  });
  for (const register of [
    registerOperators,
    registerConversions,
    registerOptionals,
    registerStrings,
    registerLists,
    registerSets,
    registerUrls,
    registerAddresses,
    registerQuantities,
    registerFormats,
    registerSemver,
    registerTwoVariableMacros,
  ]) {
    register(environment);
  }
  return environment;
}
