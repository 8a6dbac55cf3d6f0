import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHttpsClient } from '../../client/https.ts';
import type { ClusterAccess } from '../../cluster/context.ts';
import type { ClusterDriver } from '../../cluster/driver.ts';
import { collectEvidence, type Evidence } from '../../evidence/evidence.ts';
import { caseOf, renderJUnit } from '../../evidence/junit.ts';
import { timestamp } from '../../util/clock.ts';
import { renderText } from '../../why/render.ts';
import type { CliContext } from '../context.ts';
import type { CommandResult } from './run-command.ts';

/** Everything about a run that failed: the cluster's evidence, `summary.txt` and `junit.xml`. */
export async function writeEvidence(
  cli: CliContext,
  clusters: Pick<ClusterDriver, 'machineLogs'>,
  run: { cluster: string; access: ClusterAccess; command: readonly string[]; result: CommandResult },
  directory: string,
): Promise<Evidence> {
  const { cluster, access, command, result } = run;
  const client = createHttpsClient({ ...access, clock: cli.clock, userAgent: 'shoal' });
  try {
    const evidence = await collectEvidence({ client, machineLogs: () => clusters.machineLogs(cluster) }, directory);
    const line = command.join(' ');
    const reasons = evidence.unhealthy.map((one) => renderText(one)).join('\n');
    const failure = {
      message: `${line} ${result.how}`,
      text: reasons === '' ? 'Nothing in the cluster was found that is not well.' : reasons,
    };
    const cases = [{ name: line, className: 'shoal.ci', seconds: result.ms / 1000, failure }, ...evidence.unhealthy.map(caseOf)];
    await Promise.all([
      writeFile(join(directory, 'junit.xml'), renderJUnit('shoal ci', cases, timestamp(cli.clock))),
      writeFile(join(directory, 'summary.txt'), `${line}\n${result.how} after ${(result.ms / 1000).toFixed(1)} s\n\n${failure.text}\n`),
    ]);
    return evidence;
  } finally {
    client.close();
  }
}
