import { open } from 'node:fs/promises';
import type { KubeletContext, PodState } from '../context.ts';
import type { AnyContainer } from '../pod/pod.ts';
import type { Container } from '../runtime/runtime.ts';
import { messagePath } from './paths.ts';

const longestMessage = 4096;
const longestLog = 2048;
const logLines = 80;

/**
 * What a container left as its last words: its terminationMessagePath, or with FallbackToLogsOnError the end of its log
 * when it failed and wrote nothing. Read once for each container.
 */
export async function terminationMessage(
  context: KubeletContext,
  state: PodState,
  container: Container,
  spec: AnyContainer | undefined,
): Promise<string> {
  const known = state.messages.get(container.id);
  if (known !== undefined) return known;
  let text = context.podsDir === undefined ? '' : await head(messagePath(context.podsDir, state.uid, container.name, container.attempt));
  if (text === '' && spec?.terminationMessagePolicy === 'FallbackToLogsOnError' && container.exitCode !== 0) {
    text = await tailOfLog(context, container.id).catch(() => '');
  }
  if (text === '') text = container.message ?? '';
  state.messages.set(container.id, text);
  return text;
}

async function head(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { bytesRead, buffer } = await file.read(Buffer.alloc(longestMessage), 0, longestMessage, 0);
    return buffer.subarray(0, bytesRead).toString();
  } catch {
    return '';
  }
}

async function tailOfLog({ runtime }: KubeletContext, id: string): Promise<string> {
  const stream = await runtime.logs(id, {
    follow: false,
    tailLines: logLines,
    since: undefined,
    timestamps: false,
    signal: new AbortController().signal,
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).subarray(-longestLog).toString();
}
