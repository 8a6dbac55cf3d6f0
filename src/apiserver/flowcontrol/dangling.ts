import { kinds } from '../../api/scheme.ts';
import type { FlowSchema, FlowSchemaCondition } from '../../api/types/flowcontrol-v1.ts';
import { objectKey } from '../../store/keys.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { type Clock, timestamp } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Logger } from '../../util/log.ts';
import { follow } from '../auth/follow.ts';

/** Keeps condition `Dangling` of every FlowSchema: whether the priority level that it names is missing. Resolves when those stored have it. */
export async function followFlowSchemas(store: Store, clock: Clock, log: Logger): Promise<void> {
  const levels = new Set<string>();
  const schemas = new Map<string, FlowSchema>();
  const pending = new Set<Promise<void>>();
  const judge = (schema: FlowSchema): void => {
    const judged = record(store, clock, schema, levels)
      .catch((thrown: unknown) => log.warn(`FlowSchema ${schema.metadata.name}: ${messageOf(thrown)}`))
      .finally(() => pending.delete(judged));
    pending.add(judged);
  };
  const judgeAll = (level: string): void => {
    for (const schema of schemas.values()) if (schema.spec?.priorityLevelConfiguration?.name === level) judge(schema);
  };
  await follow(store, kinds.PriorityLevelConfiguration, {
    set({ metadata: { name = '' } }, previous) {
      levels.add(name);
      if (previous === undefined) judgeAll(name);
    },
    remove({ metadata: { name = '' } }) {
      levels.delete(name);
      judgeAll(name);
    },
  });
  await follow(store, kinds.FlowSchema, {
    set(schema) {
      schemas.set(schema.metadata.name ?? '', schema);
      judge(schema);
    },
    remove: ({ metadata: { name = '' } }) => void schemas.delete(name),
  });
  await Promise.all(pending);
}

async function record(store: Store, clock: Clock, schema: FlowSchema, levels: ReadonlySet<string>): Promise<void> {
  const level = schema.spec?.priorityLevelConfiguration?.name ?? '';
  const found = levels.has(level);
  const named = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const wanted: FlowSchemaCondition = {
    type: 'Dangling',
    status: found ? 'False' : 'True',
    reason: found ? 'Found' : 'NotFound',
    message: found ? `${named} and it exists` : `${named} but there is no such object`,
  };
  const conditions = schema.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === wanted.type);
  if (before?.status === wanted.status && before?.message === wanted.message) return;
  const lastTransitionTime = before?.status === wanted.status ? (before?.lastTransitionTime ?? timestamp(clock)) : timestamp(clock);
  const others = conditions.filter(({ type }) => type !== wanted.type);
  const status = { ...schema.status, conditions: [...others, { ...wanted, lastTransitionTime }] };
  try {
    const key = objectKey(kinds.FlowSchema, undefined, schema.metadata.name ?? '');
    await store.update(key, { ...schema, status } as FlowSchema, Number(schema.metadata.resourceVersion));
  } catch (thrown) {
    // Whoever was faster brings this here again.
    if (!(thrown instanceof StoreError)) throw thrown;
  }
}
