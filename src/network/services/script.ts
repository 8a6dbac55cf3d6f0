import { mapDeclarations, type Ruleset, TABLE } from './ruleset.ts';

const isBase = (lines: readonly string[]): boolean => lines[0]?.startsWith('type ') ?? false;
const declare = (name: string, lines: readonly string[]): string =>
  isBase(lines) ? `add chain ${TABLE} ${name} { ${lines[0]} }\n` : `add chain ${TABLE} ${name}\n`;
const fill = (name: string, lines: readonly string[]): string =>
  lines
    .slice(isBase(lines) ? 1 : 0)
    .map((line) => `add rule ${TABLE} ${name} ${line}\n`)
    .join('');
const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((line, index) => line === b[index]);

/**
 * The `nft -f` script that turns `before` into `after` in one transaction. Without `before` the table is made anew. An
 * empty string means that there is nothing to do.
 */
export function script(before: Ruleset | undefined, after: Ruleset): string {
  let text = '';
  if (before === undefined) text += `add table ${TABLE}\ndelete table ${TABLE}\nadd table ${TABLE}\n${mapDeclarations()}`;
  const old: Ruleset = before ?? { chains: new Map(), sets: new Map(), elements: new Map() };

  // Elements go first, so that nothing points at a chain when it is removed.
  for (const [map, elements] of old.elements) {
    for (const [key, verdict] of elements) {
      if (after.elements.get(map)?.get(key) !== verdict) text += `delete element ${TABLE} ${map} { ${key} }\n`;
    }
  }
  for (const [name, declaration] of after.sets) {
    const previous = old.sets.get(name);
    if (previous === undefined) text += `add set ${TABLE} ${name} { ${declaration} }\n`;
  }
  const changed = [...after.chains].filter(([name, lines]) => !same(old.chains.get(name) ?? [], lines) || !old.chains.has(name));
  for (const [name, lines] of changed) if (!old.chains.has(name)) text += declare(name, lines);
  for (const [name] of changed) if (old.chains.has(name)) text += `flush chain ${TABLE} ${name}\n`;
  for (const [name, lines] of changed) text += fill(name, lines);
  const gone = [...old.chains.keys()].filter((name) => !after.chains.has(name));
  // Chains may point at each other: all are emptied before any is removed.
  for (const name of gone) text += `flush chain ${TABLE} ${name}\n`;
  for (const name of gone) text += `delete chain ${TABLE} ${name}\n`;
  for (const name of old.sets.keys()) if (!after.sets.has(name)) text += `delete set ${TABLE} ${name}\n`;
  for (const [map, elements] of after.elements) {
    for (const [key, verdict] of elements) {
      if (old.elements.get(map)?.get(key) !== verdict) text += `add element ${TABLE} ${map} { ${key} : ${verdict} }\n`;
    }
  }
  return text;
}
