/** Open grants of this person beside the session that they reach: what is left of them, and how they are ended there. */
import { beforeEach, expect, test } from 'vitest';
import { liveOf, SESSION } from '../../test/support/screens.ts';
import type { GrantView } from '../services/user/grants.ts';
import type { Live, SessionItem } from '../services/user/live.ts';
import { plainLine } from './ansi.ts';
import { printedLines } from './inline/lines.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

const TEXTS = ['make it so', 'builder'];
const GRANT: GrantView = {
  ...{ id: '01a219ec-0000-7000-8000-0000000000a1', state: 'open', node: 'builder', session: SESSION },
  ...{ reach: 'session', operation: 'command.run', title: 'make all', used: 2, uses: 5 },
  ...{ expires: '2026-11-26T12:40:00Z', approval: SESSION, scope: 'sha256:00', answered: [] },
  acknowledged: true,
};
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
const start = (grants: readonly Partial<GrantView>[], surface: Screen['surface'] = 'full'): void => {
  const live: Live = { ...liveOf(TEXTS), grants: grants.map((one) => ({ ...GRANT, ...one })) };
  const session = live.items.find((one): one is SessionItem => one.what === 'session')!;
  const size = { width: 200, height: 40 };
  screen = { ...startScreen(size, live, now, { surface }), session, selected: SESSION, pane: 'session' };
  effects = [];
  now += 1_000;
};
const text = (): string => pictureOf(screen, now).map(plainLine).join('\n');

beforeEach(() => {
  now = Date.parse('2026-11-26T12:00:00Z');
});

test('uses and time that are left stand beside the session', () => {
  start([{}]);
  expect(text()).toContain('grant      2 of 5 uses, ends in 39 min, in this session: make all; R ends it');
  expect(text()).toContain('· 1 grant open');
});

test.each([
  ['of another session', { session: GRANT.approval.replace(/2$/, '9') }],
  ['of another node', { reach: 'node', node: 'planner' }],
  ['that is used up', { used: 5 }],
  ['whose time is over', { expires: '2026-11-26T11:59:00Z' }],
] as const)('one %s does not, and is not ended here', (_, other) => {
  start([other]);
  expect(text()).not.toContain('R ends it');
  keys('R');
  expect(screen.notice).toBe('no grant of yours is open for what is selected');
});

test('one of its whole node does, whichever session it was given in', () => {
  start([{ reach: 'node', session: 'other' }]);
  expect(text()).toContain('in every session of its node: make all');
});

test('they are ended by a key that is given twice, and by nothing between', () => {
  start([{}, { id: 'other', reach: 'node' }]);
  keys('R');
  expect(screen.notice).toContain('R again ends all 2 grants of yours here');
  expect(effects).toEqual([]);
  keys('j', 'k', 'R');
  expect(effects).toEqual([]);
  keys('R');
  expect(effects).toEqual([{ do: 'revoke', ids: [GRANT.id, 'other'] }]);
  send({ what: 'revoked', count: 2 });
  expect(screen.notice).toBe('2 grants are ended by you: ✓ signed');
});

test.each([
  ['inline', 'grant      2 of 5 uses, ends in 39 min, in this session: make all; R ends it'],
  ['spoken', 'Grant of yours, 2 of 5 uses, ends in 39 min, in this session: make all. To end it: capital R.'],
] as const)('%s tells them with the session', (surface, words) => {
  start([{}], surface);
  expect(printedLines(screen, 'pane', now).map(plainLine).join('\n')).toContain(words);
});

test('an approval that a grant answered says so', () => {
  start([]);
  const [asked] = screen.session!.approvals;
  const by = ['grant 000000a1, use 2 of 5'];
  screen = { ...screen, session: { ...screen.session!, approvals: [{ ...asked!, state: 'approved', by }] } };
  expect(text()).toContain('approved by grant 000000a1, use 2 of 5');
});
