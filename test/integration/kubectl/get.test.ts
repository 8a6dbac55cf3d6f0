import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessCluster, inProcessCluster } from '../../support/in-process.ts';

/** `kubectl get` in every form, of what selectors find, as it changes, and what waits for it: wait and events. */
let cluster: InProcessCluster;
let kubectl: InProcessCluster['kubectl'];
beforeAll(async () => {
  cluster = await inProcessCluster({ nodes: 0 });
  kubectl = cluster.kubectl;
  const pod = (name: string, tier: string, memory: string): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { tier } },
      spec: { containers: [{ name: `${tier}-c`, image: 'website:v1.0', resources: { requests: { memory } } }] },
    });
  await kubectl('create -f -', [pod('one', 'b', '2Gi'), pod('three', 'c', '1Gi'), pod('two', 'a', '512Mi')].join('\n'));
});
afterAll(() => cluster.stop());

const words = (text: string): string[][] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));
const firsts = (text: string): (string | undefined)[] => words(text).map(([first]) => first);

describe('forms', () => {
  const forms: [args: string[], text: string | RegExp][] = [
    [['pods'], /^NAME +READY +STATUS +RESTARTS +AGE\none +0\/1 +Pending +0 +\w+\nthree/],
    [['pods', '-o', 'wide'], /^NAME .* IP +NODE +NOMINATED NODE +READINESS GATES\none .* <none> +<none> +<none> +<none>\n/],
    [['pods', '--show-labels', '-L', 'tier'], /^NAME .* AGE +TIER +LABELS\none .* b +tier=b\n/],
    [['pods', '--no-headers', '-o', 'custom-columns=N:.metadata.name,T:.metadata.labels.tier'], 'one     b\nthree   c\ntwo     a\n'],
    [['pods', '-o', 'name'], 'pod/one\npod/three\npod/two\n'],
    [['pod', 'one', '-o', 'jsonpath={.metadata.name}{"\\t"}{.status.phase}'], 'one\tPending'],
    [['pods', '-o', 'jsonpath-as-json={.items[*].metadata.name}'], '[\n    "one",\n    "three",\n    "two"\n]\n'],
    [['pods', '-o', 'go-template={{range .items}}{{.metadata.name}}:{{end}}'], 'one:three:two:'],
    [['pod', 'one', '--template={{.missing}}'], '<no value>'],
    [['pod', 'one', '-o', 'yaml'], /^apiVersion: v1\nkind: Pod\nmetadata:\n {2}creationTimestamp: "/],
    [['pod/one', 'pod/two', '-o', 'json'], /^\{\n {4}"apiVersion": "v1",\n {4}"items": \[/],
    [['pods', '--server-print=false'], /^NAME +AGE\none/],
    [['namespace', 'default', '-o', 'kyaml'], /^---\n\{\n {2}apiVersion: "v1",/],
    [['services,serviceaccounts', '-A', '--no-headers'], /^default +service\/kubernetes +ClusterIP +10\.96\.0\.1 /],
    [['pods', '--ignore-not-found', '-l', 'tier=z'], ''],
  ];
  it.each(forms)('get %j', async (args, text) => {
    const said = await kubectl(['get', ...args]);
    if (typeof text === 'string') expect(said).toBe(text);
    else expect(said).toMatch(text);
  });

  it.each([
    ['--sort-by={.metadata.labels.tier}', ['two', 'one', 'three']],
    ['--sort-by={.spec.containers[0].name}', ['two', 'one', 'three']],
    ['--sort-by={.spec.containers[0].resources.requests.memory}', ['two', 'three', 'one']],
  ])('get pods %s', async (sort, names) => {
    expect(firsts(await kubectl(['get', 'pods', '--no-headers', sort]))).toEqual(names);
  });

  it('all that is in a category, in its own order', async () => {
    await kubectl('create deployment counted --image=website:v1.0');
    await expect
      .poll(() => kubectl('get all -l app=counted -o name'))
      .toMatch(/^pod\/counted-\S+\ndeployment\.apps\/counted\nreplicaset\.apps\/counted-/);
    await kubectl('delete deployment counted');
  });
});

describe('selection', () => {
  it.each([
    ['-l tier=b', ['one']],
    ['-l tier!=b,tier', ['three', 'two']],
    ['--field-selector metadata.name=two', ['two']],
    ['--field-selector status.phase=Pending,metadata.name!=one', ['three', 'two']],
    ['--chunk-size=1', ['one', 'three', 'two']],
  ])('get pods %s', async (args, names) => {
    expect(firsts(await kubectl(`get pods --no-headers ${args}`))).toEqual(names);
  });

  it.each([
    ['pods none', 'Error from server (NotFound): pods "none" not found\n'],
    ['pods --field-selector bad=x', 'field label not supported: bad\n'],
    ['pod one -A', 'error: a resource cannot be retrieved by name across all namespaces\n'],
    ['pod one --subresource=scale', 'Error from server (NotFound): the server could not find the requested resource\n'],
    ['pod one --allow-missing-template-keys=false -o jsonpath={.missing}', 'missing is not found'],
    ['--raw /apis/nonsense', 'Error from server (NotFound): the server could not find the requested resource\n'],
  ])('get %s is refused', async (args, said) => {
    const { code, stderr } = await kubectl.try(`get ${args}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)]);
  });

  it('pages of what there is', async () => {
    const { stderr } = await kubectl.try('get clusterroles --chunk-size=30 --v=6');
    expect(stderr).toMatch(/clusterroles\?limit=30" status="200 OK"/);
    expect(stderr).toMatch(/clusterroles\?continue=\S+&limit=30" status="200 OK"/);
  });

  it('subresources: status, scale and their tables', async () => {
    await kubectl('create deployment scaled --image=website:v1.0 --replicas=2');
    expect(firsts(await kubectl('get deployment scaled --subresource=status'))).toEqual(['NAME', 'scaled']);
    await expect
      .poll(async () => words(await kubectl('get deployment scaled --subresource=scale')))
      .toEqual([
        ['NAME', 'DESIRED', 'AVAILABLE', 'AGE'],
        ['scaled', '2', '2', expect.stringMatching(/^\d+s$/)],
      ]);
    expect(await kubectl('patch deployment scaled --subresource=scale --type=merge -p {"spec":{"replicas":0}}')).toBe(
      'scale.autoscaling/scaled patched\n',
    );
    await kubectl('delete deployment scaled');
  });
});

describe('changes', () => {
  it('-w shows what is there and what becomes of it, as events where asked', async () => {
    await kubectl('create configmap seen');
    await kubectl('label configmap seen watched=yes');
    const args = ['get', 'configmaps', '-l', 'watched=yes', '-w', '--output-watch-events'];
    const said = await kubectl.during(args, async (heard) => {
      await heard(/ADDED/);
      await kubectl('patch configmap seen -p {"data":{"a":"1"}}');
      await kubectl('label configmap seen watched-');
      return (await heard(/DELETED .*\n$/)).input;
    });
    expect(words(said).map(([event, name, data]) => `${event} ${name} ${data}`)).toEqual([
      'EVENT NAME DATA',
      'ADDED seen 0',
      'MODIFIED seen 1',
      'DELETED seen 1',
    ]);
  });

  it.each([
    ['namespace/default --for=jsonpath={.status.phase}=Active', 0, 'namespace/default condition met\n'],
    ['pod/one --for=condition=PodScheduled=false', 0, 'pod/one condition met\n'],
    ['pod -l tier=b --for=condition=Ready --timeout=200ms', 1, 'error: timed out waiting for the condition on pods/one\n'],
    ['pod/none --for=delete', 0, ''],
    ['pod/none --for=create --timeout=200ms', 1, 'error: timed out waiting for the condition\n'],
    ['pod -l tier=z --for=condition=Ready', 1, 'error: no matching resources found\n'],
  ])('wait %s', async (args, code, said) => {
    const ran = await kubectl.try(`wait ${args}`);
    expect([ran.code, ran.stdout + ran.stderr]).toEqual([code, said]);
  });

  it('wait for what is yet to be made, and for its end', async () => {
    const waiting = kubectl('wait configmap/awaited --for=create --timeout=30s');
    await kubectl('create configmap awaited');
    expect(await waiting).toBe('configmap/awaited condition met\n');
    const ending = kubectl('wait configmap/awaited --for=delete --timeout=30s');
    await kubectl('delete configmap awaited');
    // Says nothing where it was already gone.
    await expect(ending).resolves.toMatch(/^(configmap\/awaited condition met\n)?$/);
  });

  it('events of an object, by type, in every form', async () => {
    await kubectl(['create', 'cronjob', 'never', '--image=website:v1.0', '--schedule=59 23 31 2 *']);
    const row = /Warning\s+InvalidSchedule\s+CronJob\/never\s+invalid schedule: 59 23 31 2 \*/;
    await expect.poll(() => kubectl('events --for=cronjob/never')).toMatch(row);
    expect(await kubectl('events -A --types=Warning --no-headers')).toMatch(row);
    expect((await kubectl.try('events --for=cronjob/never --types=Normal')).stderr).toBe('No events found in default namespace.\n');
    const { items } = JSON.parse(await kubectl('events --for=cronjob/never -o json')) as { items: { reason: string }[] };
    expect(items.map(({ reason }) => reason)).toEqual(['InvalidSchedule']);
    expect(await kubectl('get events --field-selector involvedObject.kind=CronJob,type=Warning -o wide')).toMatch(
      /^LAST SEEN +TYPE +REASON +OBJECT +SUBOBJECT +SOURCE +MESSAGE +FIRST SEEN +COUNT +NAME\n\S+ +Warning +InvalidSchedule +cronjob\/never +cronjob-controller/,
    );
    expect(await kubectl('get events.events.k8s.io --field-selector reason=InvalidSchedule -o name')).toMatch(
      /^event\.events\.k8s\.io\/never\./,
    );
  });
});
