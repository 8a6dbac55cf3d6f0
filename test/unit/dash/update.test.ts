import { describe, expect, it } from 'vitest';
import { draw } from '../../../src/cli/screens/dash/draw.ts';
import { type Command, type DashState, initialState, type PressedKey } from '../../../src/cli/screens/dash/state.ts';
import { update } from '../../../src/cli/screens/dash/update.ts';
import type { Picture } from '../../../src/view/picture.ts';
import { pictureOf } from '../../../src/view/picture-of.ts';
import { deployment, node, pod, replicaSet, service, slice } from '../view/objects.ts';

const nodes = [
  node('demo-control-plane', { labels: { 'node-role.kubernetes.io/control-plane': '' } }),
  node('demo-worker'),
  node('demo-worker2'),
];
const pods = [
  pod('web-abc-aaaaa', { node: 'demo-worker', set: 'web-abc', hash: 'abc' }),
  pod('web-abc-bbbbb', { node: 'demo-worker2', set: 'web-abc', hash: 'abc' }),
  pod('other', { node: 'demo-worker2', namespace: 'shop' }),
];
const objects = {
  nodes,
  pods,
  deployments: [deployment('web', 2, { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 })],
  replicaSets: [replicaSet('web-abc', 'web', 1, 2)],
  services: [service('web')],
  endpointSlices: [slice('web', [{ name: 'web-abc-aaaaa', node: 'demo-worker', ready: true }])],
};
const picture = pictureOf(objects);

function screen(size = { width: 80, height: 24 }, shown: Picture = picture) {
  let state: DashState = update(initialState('demo', size, 0), { kind: 'picture', picture: shown, now: 0 }).state;
  const commands: Command[] = [];
  const happen = (happening: Parameters<typeof update>[1]): void => {
    const outcome = update(state, happening);
    state = outcome.state;
    if (outcome.command !== undefined) commands.push(outcome.command);
  };
  return {
    commands,
    happen,
    press(...keys: (string | PressedKey)[]): void {
      for (const key of keys) happen(typeof key === 'string' ? { kind: 'key', input: key, key: {} } : { kind: 'key', input: '', key });
    },
    lines: () => draw(state).map((spans) => spans.map(({ text }) => text).join('')),
    text: () =>
      draw(state)
        .map((spans) => spans.map(({ text }) => text).join(''))
        .join('\n'),
    selected: () => draw(state).flatMap((spans) => spans.filter((span) => span.selected === true).map(({ text }) => text.trim())),
    state: () => state,
  };
}
const [up, down, right, enter, leave, tab] = ['upArrow', 'downArrow', 'rightArrow', 'return', 'escape', 'tab'].map((name) => ({
  [name]: true,
}));
if (!up || !down || !right || !enter || !leave || !tab) throw new Error('keys');

describe('the cursor', () => {
  it('starts on a pod, and goes along columns and between them', () => {
    const dash = screen();
    expect(dash.selected()).toEqual(['web·aaaaa']);
    dash.press(right);
    expect(dash.selected()).toEqual(['web·bbbbb']);
    dash.press(down);
    expect(dash.selected()).toEqual(['other']);
    dash.press(up, up);
    expect(dash.selected()).toEqual(['demo-worker2']);
  });
  it('finds the nearest when what it was on is gone', () => {
    const dash = screen();
    dash.happen({ kind: 'picture', picture: pictureOf({ ...objects, pods: pods.slice(1) }), now: 1 });
    expect(dash.selected()).toHaveLength(1);
  });
  it('goes through every pod of a crowd, and no further', () => {
    const many = pictureOf({
      nodes,
      pods: Array.from({ length: 500 }, (_, i) => pod(`p-${i}`, { node: nodes[i % 3]?.metadata.name ?? '' })),
    });
    const dash = screen({ width: 80, height: 24 }, many);
    const seen = new Set<string>();
    for (let step = 0; step < 600; step++) {
      seen.add(dash.state().cursor.nodes ?? '');
      dash.press(right);
    }
    expect(seen.size).toBeGreaterThan(20);
    expect(dash.selected()).toHaveLength(1);
  });
});

describe('keys', () => {
  it('+ and - scale the workload of the pod under the cursor by one', () => {
    const dash = screen();
    dash.press('+', '-');
    expect(dash.commands).toMatchObject([
      { kind: 'scale', workload: { name: 'web' }, replicas: 3 },
      { kind: 'scale', replicas: 1 },
    ]);
  });
  it('s takes a number', () => {
    const dash = screen();
    dash.press('s', '1', 'x', '2', enter);
    expect(dash.commands).toMatchObject([{ kind: 'scale', workload: { name: 'web' }, replicas: 12 }]);
  });
  it('x asks before it deletes a pod, and takes no for an answer', () => {
    const dash = screen();
    dash.press('x', 'n');
    expect(dash.commands).toEqual([]);
    dash.press('x', 'y');
    expect(dash.commands).toMatchObject([{ kind: 'delete-pod', pod: { name: 'web-abc-aaaaa' }, now: false }]);
  });
  it('x on a node kills a worker, and spares the control plane', () => {
    const dash = screen();
    dash.press(up, 'x', 'y');
    expect(dash.commands).toMatchObject([{ kind: 'kill-node', node: { name: 'demo-worker' } }]);
    dash.press({ leftArrow: true }, 'x');
    expect(dash.text()).toContain('runs the API server');
  });
  it('x on a dead node starts it', () => {
    const dash = screen({ width: 80, height: 24 }, pictureOf({ nodes: [node('w', { ready: 'Unknown' })], pods: [] }));
    dash.press('x', 'y');
    expect(dash.commands).toMatchObject([{ kind: 'start-node', node: { name: 'w' } }]);
  });
  it.each([
    ['c', { kind: 'cordon', node: { name: 'demo-worker' } }],
    ['e', { kind: 'exec', pod: { name: 'web-abc-aaaaa' } }],
    ['o', { kind: 'open', service: { name: 'web' } }],
    ['w', { kind: 'why', ref: { kind: 'Pod', name: 'web-abc-aaaaa', namespace: 'default' } }],
    ['l', { kind: 'logs', pod: { name: 'web-abc-aaaaa' } }],
    ['q', { kind: 'quit' }],
  ])('%s works on the pod under the cursor', (key, command) => {
    const dash = screen();
    dash.press(key);
    expect(dash.commands).toMatchObject([command]);
  });
  it('d drains the node of the pod, once confirmed', () => {
    const dash = screen();
    dash.press('d', 'y');
    expect(dash.commands).toMatchObject([{ kind: 'drain', node: { name: 'demo-worker' } }]);
  });
  it('/ narrows by name as it is typed, Escape takes that back', () => {
    const dash = screen();
    dash.press('/', 'o', 't', 'h', enter);
    expect(dash.text()).not.toContain('web·aaaaa');
    expect(dash.text()).toContain('other');
    dash.press(leave);
    expect(dash.text()).toContain('web·aaaaa');
  });
  it('n chooses a namespace', () => {
    const dash = screen();
    dash.press('n');
    expect(dash.text()).toContain('all namespaces');
    dash.press(down, down, enter);
    expect(dash.text()).toMatch(/shoal demo .* shop/);
    expect(dash.text()).not.toContain('web·aaaaa');
  });
  it('Tab goes to the lists, where Enter tells all', () => {
    const dash = screen();
    dash.press(tab);
    expect(dash.selected().join(' ')).toContain('web');
    dash.press(tab, enter);
    expect(dash.text()).toContain('Service default/web');
    expect(dash.text()).toContain('web-abc-aaaaa at 10.244.0.1 on demo-worker');
  });
  it('? shows the keys; any key closes', () => {
    const dash = screen();
    dash.press('?');
    expect(dash.text()).toContain('choose a namespace');
    dash.press('a');
    expect(dash.text()).not.toContain('choose a namespace');
  });
});

describe('logs', () => {
  it('show their last lines, those of another pod are dropped, Escape closes them', () => {
    const dash = screen();
    dash.press('l');
    dash.happen({ kind: 'log', uid: 'pod-web-abc-aaaaa', lines: ['one', 'two\x1b[2J'] });
    dash.happen({ kind: 'log', uid: 'pod-other', lines: ['three'] });
    expect(dash.text()).toContain('two?[2J');
    expect(dash.text()).not.toContain('three');
    dash.press(leave);
    expect(dash.text()).not.toContain('two');
    expect(dash.commands.at(-1)).toEqual({ kind: 'stop-logs' });
  });
});

describe('a pod that comes', () => {
  it('stands out for two seconds', () => {
    const dash = screen();
    const more = pictureOf({ ...objects, pods: [...pods, pod('late', { node: 'demo-worker' })] });
    dash.happen({ kind: 'picture', picture: more, now: 1000 });
    expect([...dash.state().fresh.keys()]).toEqual(['pod-late']);
    dash.happen({ kind: 'tick', now: 3001 });
    expect([...dash.state().fresh.keys()]).toEqual([]);
  });
});

describe('the screen', () => {
  const modes: [string, (dash: ReturnType<typeof screen>) => void][] = [
    ['browsing', () => undefined],
    ['help', (dash) => dash.press('?')],
    ['a question', (dash) => dash.press('x')],
    ['logs', (dash) => dash.press('l')],
    ['a menu', (dash) => dash.press('n')],
    ['a description', (dash) => dash.press(enter)],
  ];
  const sizes = [
    { width: 80, height: 24 },
    { width: 40, height: 12 },
    { width: 200, height: 60 },
    { width: 20, height: 5 },
    { width: 1, height: 1 },
  ];
  it.each(sizes.flatMap((size) => modes.map(([name, enterMode]) => ({ ...size, name, enterMode }))))(
    'fills $width×$height exactly with $name',
    ({ width, height, enterMode }) => {
      const dash = screen({ width, height });
      enterMode(dash);
      expect(dash.lines().map((each) => each.length)).toEqual(Array.from({ length: height }, () => width));
    },
  );
  it('says what it waits for before there is a picture', () => {
    const lines = draw(initialState('demo', { width: 80, height: 24 }, 0)).map((spans) => spans.map(({ text }) => text).join(''));
    expect(lines.join('\n')).toContain('Connecting to demo');
  });
});
