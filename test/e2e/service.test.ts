/** What `service print` prints is taken by systemd, and what it says to run runs. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Unit } from '../../src/cli/service/unit.ts';
import { hasTool, start } from '../support/child.ts';
import { json, run, tempHomes } from '../support/cli.ts';

const here = tempHomes();
afterAll(() => here.clean());

const home = here.home('a "home" of $HOME, 100%');
const unit = (manager: string, kind: string, of = home): Promise<Unit> =>
  json<Unit>(of, ['service', 'print', manager, kind]);

test.runIf(hasTool('systemd-analyze', ['--version']))('systemd finds no fault with the units', async () => {
  for (const kind of ['host', 'runner', 'user']) {
    const { text, file } = await unit('systemd', kind);
    expect(file).toMatch(new RegExp(`/\\.config/systemd/user/entangle-${kind}-[0-9a-f]{8}\\.service$`));
    const path = join(here.root, `entangle-${kind}.service`);
    writeFileSync(path, text);
    const { stderr, stdout } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
      encoding: 'utf8',
    });
    expect((stdout + stderr).split('\n').filter((line) => line.includes('entangle-'))).toEqual([]);
  }
});

test('the words of the unit, in an environment that has nothing but them, serve a Host until they are told to stop', async () => {
  const args = ['--graph', 'acme', '--relay', 'ws://127.0.0.1:1', '--keys', 'file'];
  await json(home, ['host', 'init', ...args]);
  const { text } = await unit('launchd', 'host');
  const strings = [...text.matchAll(/<string>([^<>]*)<\/string>/g)].map(([, one = '']) =>
    one.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
  );
  const words = strings.slice(1, strings.indexOf('--no-input') + 1);
  const [program = '', ...rest] = words;
  const child = start(program, rest, { PATH: strings[words.length + 1]! });
  await child.line(/acme/);
  child.process.kill('SIGTERM');
  expect(await child.exit).toEqual({ code: 0, signal: null });
});

test('of what is not set up it warns; a home with a line end is refused: exit 64', async () => {
  const answer = await run(here.home('none'), ['service', 'print', 'systemd', 'user']);
  expect([answer.code, answer.stderr]).toEqual([0, expect.stringContaining('nothing is set up in')]);
  expect(answer.stdout).toBe((await unit('systemd', 'user', here.home('none'))).text);
  const refused = await run(here.home('two\nlines'), ['service', 'print', 'systemd', 'host']);
  expect([refused.code, refused.stdout]).toEqual([64, '']);
});
