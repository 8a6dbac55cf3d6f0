import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf } from '../util/errors.ts';
import type { Explanation } from '../why/finding.ts';
import { unhealthy } from '../why/unhealthy.ts';
import type { EvidenceContext, EvidenceFile } from './collector.ts';
import { collectors } from './collectors.ts';

export interface Evidence {
  /** Everything that was not well. */
  unhealthy: Explanation[];
  /** What could not be found out, and why. */
  notes: string[];
  /** How many files were written. */
  files: number;
}

/**
 * Writes all that can be found out about a cluster into a folder, made when it is not there. A cluster that hardly works gives
 * less: what fails is said in `notes.txt` and nothing is thrown for it.
 */
export async function collectEvidence(context: Omit<EvidenceContext, 'unhealthy'>, directory: string): Promise<Evidence> {
  await mkdir(directory, { recursive: true });
  const evidence: Evidence = { unhealthy: [], notes: [], files: 0 };
  let found: Promise<Explanation[]> | undefined;
  const whole: EvidenceContext = {
    ...context,
    unhealthy() {
      found ??= unhealthy(context.client);
      return found;
    },
  };
  for (const [name, collect] of Object.entries(collectors)) {
    try {
      for await (const file of collect(whole)) {
        await write(directory, file);
        evidence.files++;
      }
    } catch (thrown) {
      evidence.notes.push(`${name}: ${messageOf(thrown)}`);
    }
  }
  evidence.unhealthy = await whole.unhealthy().catch(() => []);
  if (evidence.notes.length > 0) await write(directory, { path: 'notes.txt', text: evidence.notes.map((note) => `${note}\n`).join('') });
  return evidence;
}

async function write(directory: string, { path, text }: EvidenceFile): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
