/** Repeats of a command that are granted on the screen: what is shown of them, and which digest is typed. */
import { beforeEach, describe, expect, test } from 'vitest';
import { approvalOf, commandOf, DIGEST, grantingOf, liveOf, SCOPE } from '../../test/support/screens.ts';
import { MAX_GRANT } from '../core/bounds.ts';
import { plainLine } from './ansi.ts';
import { surfaceWords } from './inline/words.ts';
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
  expect(footOf(screen)).toContain('g grant');
  keys('g');
  load(grantingOf(TEXTS));
  keys('g');
  const view = grantingOf(TEXTS);
  load({ ...view, grant: { ...view.grant, reach: 'node' } } as typeof view);
  expect(text()).toContain(`in every session of ${view.node}`);
  keys('g');
  expect(loads()).toEqual([undefined, 'session', 'node', undefined]);
});

test('all of it is shown anew before it is signed, and the scope is what is typed', () => {
  load(commandOf(TEXTS));
  readAll();
  keys('g');
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
  expect(footOf(screen)).not.toContain('g grant');
  keys('g');
  expect(loads()).toEqual([undefined]);
  keys('escape', 'enter');
  load({ ...commandOf(TEXTS), binding: 'described' });
  keys('g');
  expect(screen.notice).toContain('words alone');
  expect(loads()).toEqual([undefined, undefined]);
});

test('uses and time are chosen before the digest is typed, and what is signed says them', () => {
  screen = { ...screen, size: { width: 100, height: 40 } };
  load(commandOf(TEXTS));
  // There is none yet
  keys('+');
  expect(screen.notice).toBe('there is no grant here yet: g makes one');
  expect(footOf(screen)).not.toContain('uses');
  keys('g');
  load(grantingOf(TEXTS));
  readAll();
  expect(footOf(screen)).toContain('+ uses');
  keys('+', '>', '>');
  expect(screen.notice).toBe('grant of 10 uses for 4h');
  expect(text()).toContain('grant of 10 uses for 4h: command.run by ');
  expect(text()).toContain('10, of which this is the first; for 4h');
  keys('-', '-', '-', '-', '<');
  expect(screen.notice).toBe('grant of 2 uses for 2h');
  keys('-');
  expect(screen.notice).toBe('no further');
  keys('A', ...SCOPE.slice(0, 4));
  expect(effects.at(-1)).toMatchObject({ do: 'approve', seen: { grant: { uses: 2, ms: 7_200_000 } } });
});

test('no more is granted than one grant may have', () => {
  load(commandOf(TEXTS));
  keys('g');
  load(grantingOf(TEXTS));
  keys(...Array(9).fill('+'), ...Array(9).fill('>'));
  expect(screen.approval?.view).toMatchObject({ grant: { uses: MAX_GRANT.uses, ms: MAX_GRANT.ms } });
});

test('a key of its terms disarms, and changes nothing that is armed', () => {
  screen = { ...screen, size: { width: 100, height: 40 } };
  load(commandOf(TEXTS));
  keys('g');
  load(grantingOf(TEXTS));
  readAll();
  keys('A', '+');
  expect(screen.approval).toMatchObject({ phase: { name: 'reading' }, view: { grant: { uses: 5 } } });
  expect(screen.notice).toContain('disarmed');
});

describe('in lines', () => {
  const spoken = (view: ReturnType<typeof grantingOf>) =>
    surfaceWords({ surface: 'spoken', bound: {} }).signed(view, now).map(plainLine).join('\n');

  test.each(['inline', 'spoken'] as const)('%s has the same keys, and says what is signed', (surface) => {
    screen = { ...startScreen({ width: 100, height: 60 }, liveOf(TEXTS), now, { surface }) };
    now += 1_000;
    keys('enter');
    load(commandOf(TEXTS));
    readAll();
    keys('g');
    load(grantingOf(TEXTS));
    readAll();
    keys('+', 'A', ...SCOPE.slice(0, 4));
    expect(effects.at(-1)).toMatchObject({ do: 'approve', seen: { grant: { reach: 'session', uses: 10 } } });
  });

  test('a reader hears that it is a grant, for how long, and which digest that is', () => {
    const said = spoken(grantingOf(TEXTS));
    expect(said).toContain('To sign: grant of 5 uses for 1h: command.run by');
    expect(said).toContain('The digest of its scope begins 9 c 0 d');
    expect(said).not.toContain('once');
  });
});
