import { render } from 'ink';
import { createElement } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { App } from '../../../src/cli/screens/dash/app.ts';
import { type Command, type Happening, initialState } from '../../../src/cli/screens/dash/state.ts';
import { pictureOf } from '../../../src/view/picture-of.ts';
import { fakeTerminal, type Size } from '../../support/screen.ts';
import { node, pod } from '../view/objects.ts';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

const pictureWith = (...names: string[]) =>
  pictureOf({ nodes: [node('a'), node('b')], pods: names.map((name) => pod(name, { node: 'a' })) });

function start(size: Size, color = true, shell: () => Promise<void> = async () => undefined) {
  const terminal = fakeTerminal(size);
  const commands: Command[] = [];
  let tell: (happening: Happening) => void = () => undefined;
  const app = createElement(App, {
    initial: initialState('demo', size, 0),
    color,
    connect(given) {
      tell = given;
      return () => undefined;
    },
    run: (command, tools) => {
      commands.push(command);
      if (command.kind === 'exec') void tools.suspend(shell);
    },
  });
  const { stdin, stdout } = terminal;
  const instance = render(app, {
    stdin,
    stdout,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  undo.push(() => instance.unmount());
  return { ...terminal, commands, instance, tell: (happening: Happening) => tell(happening) };
}

describe('the dash on a terminal', () => {
  it.each([
    { width: 80, height: 24 },
    { width: 40, height: 12 },
  ])('draws itself at $width×$height, and what changes later', async (size) => {
    const dash = start(size);
    dash.tell({ kind: 'picture', picture: pictureWith('one'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● one');
    dash.tell({ kind: 'picture', picture: pictureWith('one', 'two'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● two');
    expect(dash.screen.alternate).toBe(true);
  });

  it('writes nothing when nothing has changed, and little when little has', async () => {
    const dash = start({ width: 80, height: 24 });
    dash.tell({ kind: 'picture', picture: pictureWith('one'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● one');
    await dash.instance.waitUntilRenderFlush();
    const before = dash.screen.raw.length;
    dash.tell({ kind: 'tick', now: 0 });
    await dash.instance.waitUntilRenderFlush();
    expect(dash.screen.raw.length).toBe(before);
    dash.tell({ kind: 'picture', picture: pictureWith('one', 'two'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● two');
    const written = dash.screen.raw.slice(before);
    expect(written.length).toBeLessThan(700);
    // Nothing is wiped before it is drawn again, and a frame is shown as one.
    expect(written).not.toContain('\x1b[2J');
    expect(written).toContain('\x1b[?2026h');
  });

  it('has no colour when there is to be none, and still a cursor', async () => {
    const dash = start({ width: 80, height: 24 }, false);
    dash.tell({ kind: 'picture', picture: pictureWith('one'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● one');
    expect(dash.screen.raw).not.toMatch(/\x1b\[(3[0-7]|9[0-7])m/);
  });

  it('follows the window', async () => {
    const dash = start({ width: 80, height: 24 });
    dash.tell({ kind: 'picture', picture: pictureWith('one'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('q quit');
    dash.resize({ width: 40, height: 12 });
    await expect.poll(async () => (await dash.screen.lines()).at(-1)).toContain('? help  q quit');
    const lines = await dash.screen.lines();
    expect(lines[0]).toContain('shoal demo');
    expect(lines.filter((each) => each.includes('shoal demo'))).toHaveLength(1);
  });

  it('hears keys, and gives the terminal back on q', async () => {
    const dash = start({ width: 80, height: 24 });
    dash.tell({ kind: 'picture', picture: pictureWith('one'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● one');
    dash.press('/one\rl');
    await expect.poll(() => dash.commands).toMatchObject([{ kind: 'logs', pod: { name: 'one' } }]);
    dash.press('q');
    await dash.instance.waitUntilExit();
    await dash.screen.lines();
    expect(dash.screen.alternate).toBe(false);
    expect(dash.screen.raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(dash.screen.raw.lastIndexOf('\x1b[?25l'));
  });

  it('gives the terminal to a shell, and takes it back when that ends', async () => {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const dash = start({ width: 80, height: 24 }, true, () => left);
    dash.tell({ kind: 'picture', picture: pictureWith('one'), now: 0 });
    await expect.poll(() => dash.screen.text()).toContain('● one');
    dash.press('e');
    await expect.poll(() => dash.screen.alternate).toBe(false);
    dash.tell({ kind: 'picture', picture: pictureWith('one', 'two'), now: 0 });
    leave();
    await expect.poll(() => dash.screen.alternate).toBe(true);
    await expect.poll(() => dash.screen.text()).toContain('● two');
  });
});
