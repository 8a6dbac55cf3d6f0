import { messageOf } from '../../util/errors.ts';
import type { ClusterContext } from '../context.ts';
import { eventually } from '../eventually.ts';
import type { NetworkingConfig } from '../role-config.ts';
import type { Waiting } from './wait.ts';

/** Resolves when cluster DNS on every named node knows the `kubernetes` Service. Asked from inside, as pods do. */
export async function dnsAnswers(
  { context, signal, missing }: Waiting<ClusterContext>,
  nodes: readonly string[],
  networking: NetworkingConfig,
): Promise<void> {
  const question = `kubernetes.default.svc.${networking.clusterDomain}`;
  await Promise.all(
    nodes.map(async (node) => {
      const subject = `DNS on ${node}`;
      missing.set(subject, 'does not answer');
      await eventually(
        async () => {
          const { exitCode, stdout, stderr } = await context.provider.exec(node, [
            'busybox',
            'timeout',
            '2',
            'busybox',
            'nslookup',
            question,
            networking.clusterDNS,
          ]);
          if (exitCode !== 0) throw new Error(`${stdout}${stderr}`.trim().replace(/\s+/g, ' ') || `exit code ${exitCode}`);
        },
        { clock: context.clock, signal, missing: (thrown) => missing.set(subject, messageOf(thrown)) },
      );
      missing.delete(subject);
    }),
  );
}
