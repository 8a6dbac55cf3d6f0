/** Child of the crash test: creates objects as fast as it can and prints each name once its write is acknowledged. */
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { silentLogger } from '../../../src/util/log.ts';

const store = await openSqliteStore(process.argv[2] ?? '', { log: silentLogger });
const worker = async (id: number): Promise<never> => {
  for (let n = 0; ; n++) {
    const name = `w${id}-${n}`;
    const created = await store.create(`/core/configmaps/default/${name}`, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, annotations: { padding: 'x'.repeat(2000) } },
    });
    process.stdout.write(`${name} ${created.revision}\n`);
  }
};
await Promise.all(Array.from({ length: 32 }, (_, id) => worker(id)));
