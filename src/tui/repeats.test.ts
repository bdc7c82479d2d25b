/** Repeats of a command that are granted on the screen: what is shown of them, and which digest is typed. */
import { beforeEach, expect, test } from 'vitest';
import { approvalOf, commandOf, DIGEST, grantingOf, liveOf, SCOPE } from '../../test/support/screens.ts';
import { plainLine } from './ansi.ts';
import { footOf } from './keys.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

const TEXTS = ['make it so', 'make all', 'Run make', '{"cwd":"/"}'];
let now: number;
let screen: Screen;
let effects: ScreenEffect[];
const send = (event: ScreenEvent): void => {
  now += 10;
  const step = update(screen, event, now);
  screen = step.screen;
  effects.push(...step.effects);
};
const keys = (...names: string[]): void => {
  for (const name of names) send({ what: 'key', key: name });
};
const draw = (): void => {
  const { approval, size } = screen;
  if (approval) send({ what: 'drawn', id: approval.id, top: approval.top, size });
};
const load = (view: ReturnType<typeof commandOf> | ReturnType<typeof approvalOf>): void => {
  send({ what: 'loaded', id: view.id, view });
  now += 1_000;
  draw();
};
const readAll = (): void => {
  for (let page = 0; page < 5; page++) {
    keys('space');
    draw();
  }
};
const text = (): string => pictureOf(screen, now).map(plainLine).join('\n');
const loads = (): unknown[] => effects.flatMap((one) => (one.do === 'load' ? [one.grant?.reach] : []));

beforeEach(() => {
  now = Date.parse('2026-11-26T12:00:00Z');
  screen = startScreen({ width: 100, height: 30 }, liveOf(['make it so', 'builder']), now);
  effects = [];
  now += 1_000;
  keys('enter');
});

test('one key goes from none to those of the session, of the node, and to none again', () => {
  load(commandOf(TEXTS));
  expect(footOf(screen)).toContain('R repeats');
  keys('R');
  load(grantingOf(TEXTS));
  keys('R');
  const view = grantingOf(TEXTS);
  load({ ...view, grant: { ...view.grant, reach: 'node' } } as typeof view);
  expect(text()).toContain(`in every session of ${view.node}`);
  keys('R');
  expect(loads()).toEqual([undefined, 'session', 'node', undefined]);
});

test('all of it is shown anew before it is signed, and the scope is what is typed', () => {
  load(commandOf(TEXTS));
  readAll();
  keys('R');
  // What was read was another thing
  screen = { ...screen, size: { width: 100, height: 14 } };
  load(grantingOf(TEXTS));
  keys('A');
  expect(screen.notice).toContain('not shown yet');
  screen = { ...screen, size: { width: 100, height: 40 } };
  readAll();
  expect(text()).toContain('grant of 5 uses for 1h: command.run by ');
  expect(text()).toContain(`scope         sha256:${SCOPE}`);
  keys('A', ...DIGEST.slice(0, 4));
  expect(screen.notice).toContain('does not begin like that');
  keys('A', ...SCOPE.slice(0, 4));
  const { subjectDigest: shown, request } = grantingOf(TEXTS);
  expect(effects.at(-1)).toMatchObject({
    do: 'approve',
    seen: { shown, request, grant: { reach: 'session', uses: 5, ms: 3_600_000 } },
  });
});

test('a command alone is approved without any', () => {
  load(commandOf(TEXTS));
  readAll();
  keys('A', ...DIGEST.slice(0, 4));
  expect(effects.at(-1)).toMatchObject({ do: 'approve' });
  expect(Object.keys((effects.at(-1) as { seen: object }).seen)).toEqual(['shown', 'request']);
});

test('a commit, and words alone, have none', () => {
  load(approvalOf(TEXTS));
  expect(footOf(screen)).not.toContain('R repeats');
  keys('R');
  expect(screen.notice).toBe('there is no repeat of a commit');
  keys('escape', 'enter');
  load({ ...commandOf(TEXTS), binding: 'described' });
  keys('R');
  expect(screen.notice).toContain('words alone');
  expect(loads()).toEqual([undefined, undefined]);
});
