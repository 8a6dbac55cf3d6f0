import { describe, expect, test } from 'vitest';
import { type DevSteps, refresh } from '../../../src/cluster/dev/dev.ts';
import { fullName } from '../../../src/cluster/dev/workloads.ts';
import { virtualClock } from '../../../src/util/virtual-clock.ts';

describe('a turn of shoal dev', () => {
  const turn = async (steps: Partial<DevSteps>, before?: string): Promise<{ did: string[]; said: string[]; id: string | undefined }> => {
    const did: string[] = [];
    const said: string[] = [];
    const note =
      <T>(name: string, value: T) =>
      async (): Promise<T> => {
        did.push(name);
        return value;
      };
    const all = {
      build: note('build', undefined),
      imageId: async () => 'sha256:b',
      load: note('load', undefined),
      restart: note('restart', ['deployment/web']),
      ...steps,
    };
    const options = { image: 'web:dev', steps: all, clock: virtualClock(), say: (text: string) => void said.push(text) };
    const id = await refresh(options, before).catch((thrown: unknown) => {
      said.push(String(thrown));
      return undefined;
    });
    return { did, said, id };
  };

  test('builds, loads and restarts', async () => {
    const { did, said, id } = await turn({}, 'sha256:a');
    expect(did).toEqual(['build', 'load', 'restart']);
    expect(said.at(-1)).toBe('restarted deployment/web');
    expect(id).toBe('sha256:b');
  });

  test('restarts nothing when the image stayed the same', async () => {
    expect((await turn({}, 'sha256:b')).did).toEqual(['build']);
  });

  test('leaves what runs as it is when the build fails', async () => {
    const { did, said } = await turn({ build: () => Promise.reject(new Error('exit 1')) });
    expect(did).toEqual([]);
    expect(said).toEqual(['Error: exit 1']);
  });

  test('says how to run an image that nothing runs', async () => {
    expect((await turn({ restart: async () => [] })).said.at(-1)).toContain('kubectl create deployment');
  });
});

describe('image references', () => {
  test.each([
    ['web', 'docker.io/library/web:latest'],
    ['web:dev', 'docker.io/library/web:dev'],
    ['team/web', 'docker.io/team/web:latest'],
    ['localhost:5000/web', 'localhost:5000/web:latest'],
    ['registry.example/team/web:1', 'registry.example/team/web:1'],
    ['web@sha256:abc', 'docker.io/library/web@sha256:abc'],
  ])('%s is %s', (given, full) => expect(fullName(given)).toBe(full));
});
