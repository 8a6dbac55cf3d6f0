import type { Evidence } from '../finding.ts';
import { plural, someOf } from '../text.ts';
import type { NodeVerdict } from './verdicts.ts';

/** With more nodes than this they are grouped, so that the answer stays on one screen. */
const listed = 8;
const columns = ['REFUSED BY', 'WHAT IT NEEDS'] as const;

/** What each node needs: one row for all that need the same. */
export function nodeTable(verdicts: readonly NodeVerdict[]): Evidence {
  return verdicts.length <= listed ? eachNode(verdicts) : grouped(verdicts);
}

function eachNode(verdicts: readonly NodeVerdict[]): Evidence {
  const alike = Map.groupBy(verdicts, ({ obstacles }) => obstacles.map(({ plugin, missing }) => `${plugin} ${missing}`).join());
  const rows = [...alike.values()].flatMap((group) => {
    const names = shortly(group.map(({ node }) => node));
    const obstacles = group[0]?.obstacles ?? [];
    if (obstacles.length === 0) return [[names, '-', 'nothing']];
    return obstacles.map(({ plugin, missing }, i) => [i === 0 ? names : '', plugin, missing]);
  });
  return { type: 'table', columns: ['NODE', ...columns], rows: rows.length <= listed ? rows : [...alike.values()].map(inOneRow) };
}

function inOneRow(group: readonly NodeVerdict[]): string[] {
  const obstacles = group[0]?.obstacles ?? [];
  const needs = obstacles.map(({ missing }) => missing.replace(/ \(.*\)$/, '')).join('; ');
  return [shortly(group.map(({ node }) => node)), obstacles[0]?.plugin ?? '-', needs === '' ? 'nothing' : needs];
}

/** In a column: all names if they are short, else the first and how many more. */
const shortly = (names: readonly string[]): string => {
  const all = names.join(', ');
  return all.length <= 24 ? all : `${names[0]}${names.length === 1 ? '' : ` +${names.length - 1}`}`;
};

/** Nodes that need several things are in several groups, as in the FailedScheduling event's counts. */
function grouped(verdicts: readonly NodeVerdict[]): Evidence {
  const groups = new Map<string, { plugin: string; nodes: string[]; missing: string; alike: boolean }>();
  for (const { node, obstacles } of verdicts) {
    for (const { plugin, reason, missing } of obstacles) {
      const group = groups.get(reason);
      if (group === undefined) groups.set(reason, { plugin, nodes: [node], missing, alike: true });
      else {
        group.nodes.push(node);
        if (group.missing !== missing) group.alike = false;
      }
    }
  }
  const rows = [...groups.values()]
    .sort((a, b) => b.nodes.length - a.nodes.length)
    .map(({ plugin, nodes, missing, alike }) => [
      plural(nodes.length, 'node'),
      plugin,
      // The nodes are sorted, so the first of a group is the one that needs least.
      `${missing}${alike ? '' : `: ${nodes[0]}; the others need as much or more`} [${someOf(nodes)}]`,
    ]);
  return { type: 'table', columns: ['NODES', ...columns], rows };
}
