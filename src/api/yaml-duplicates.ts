import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** Keys that occur twice in one mapping, as sigs.k8s.io/yaml reports them: `line 3: key "a" already set in map`. */
export function yamlDuplicates(document: Document, lines: LineCounter): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      if (isScalar(key)) {
        const name = String(key.value);
        if (seen.has(name))
          found.push(`line ${lines.linePos((key as Node).range?.[0] ?? 0).line}: key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
      visit(value);
    }
  };
  visit(document.contents);
  return found;
}
