import { kinds } from '../../api/scheme.ts';
import { messageOf } from '../../util/errors.ts';
import type { LogCheck } from '../lesson.ts';
import type { Finding, Ground } from './ground.ts';

const place = ({ log }: LogCheck): string =>
  `${log.previous === true ? 'earlier ' : ''}log of ${log.container === undefined ? '' : `container ${log.container} of `}${log.pod === undefined ? `pods with ${log.selector}` : `pod ${log.pod}`}`;

export const expectedOfLog = (check: LogCheck): string => `"${check.log.contains}" in the ${place(check)}`;

/** The end of the log, as much as a person would be shown. */
const tailLines = 200;

export async function lookAtLogs(check: LogCheck, { client, namespace }: Ground): Promise<Finding> {
  const { log } = check;
  const pods =
    log.pod === undefined
      ? (await client.list(kinds.Pod, { namespace, ...(log.selector === undefined ? {} : { labelSelector: log.selector }) })).items.map(
          (pod) => pod.metadata.name ?? '',
        )
      : [log.pod];
  const query = new URLSearchParams({ tailLines: String(tailLines) });
  if (log.container !== undefined) query.set('container', log.container);
  if (log.previous === true) query.set('previous', 'true');
  const texts = await Promise.all(
    pods.map((pod) =>
      client.raw<string>('GET', `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`).then(
        (text) => ({ text: String(text), failure: undefined }),
        (thrown: unknown) => ({ text: '', failure: messageOf(thrown) }),
      ),
    ),
  );
  const last = texts.flatMap(({ text }) => text.trimEnd().split('\n').at(-1) || []);
  const failures = texts.flatMap(({ failure }) => failure ?? []);
  return {
    passed: texts.some(({ text }) => text.includes(log.contains)),
    seen: last[0] ?? failures[0] ?? (pods.length === 0 ? 'there is no such pod' : 'nothing was written'),
  };
}
