/** Requests for the same are one row and one screen: each is named there before one decision signs all of them. */

import { beforeEach, describe, expect, test } from 'vitest';
import { APPROVAL, approvalOf, DIGEST, liveOf, OUTSIDE } from '../../test/support/screens.ts';
import { atOnce, type Steps } from '../core/steps.ts';
import type { PublishView } from '../services/user/approval-view.ts';
import type { InboxItem, Live } from '../services/user/live.ts';
import { plainLine } from './ansi.ts';
import { itemsOf } from './layout.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, startScreen } from './state.ts';
import { createStore, type ScreenSource } from './store.ts';
import { update } from './update.ts';

const SIZE = { width: 130, height: 40 };
const idOf = (n: number): string => `01a219ec-0000-7000-8000-0000000000b${n}`;
const digestOf = (n: number): string => `sha256:${`${n}a4b`.repeat(16)}`;
const first = approvalOf(['make it so', 'src/a.ts', 'const a = 1;', 'refs/heads/entangle/x']);
const other = (n: number): PublishView => ({
  ...{ ...first, id: idOf(n), session: `${idOf(n)}5`, request: `${n}`.repeat(64), ref: `refs/heads/${n}` },
  ...{ subjectDigest: digestOf(n), commit: `${n}`.repeat(40) },
});
const [item] = liveOf(['make it so', 'builder']).items as [InboxItem];
const itemOf = (n: number): InboxItem => ({ ...item, id: idOf(n) }) as InboxItem;
const liveWith = (...numbers: number[]): Live => ({
  ...liveOf(['make it so', 'builder']),
  // Newest first
  items: [...numbers.map(itemOf).reverse(), item],
  alike: numbers.length > 0 ? [[APPROVAL, ...numbers.map(idOf)]] : [],
});

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
const frame = (): string => pictureOf(screen, now).map(plainLine).join('\n');
const begin = (live: Live): void => {
  screen = { ...startScreen(SIZE, live, now), selected: APPROVAL };
  now += 1_000;
};
const draw = (): void => {
  const { approval, size } = screen;
  if (approval) send({ what: 'drawn', id: approval.id, top: approval.top, size });
};
const open = (...numbers: number[]): void => {
  keys('enter');
  send({ what: 'loaded', id: APPROVAL, view: { ...first, alike: numbers.map(other) } });
  now += 1_000;
  draw();
  for (let page = 0; page < 9; page++) {
    keys('space');
    draw();
  }
};
const signed = (): ScreenEffect[] => effects.filter((one) => one.do === 'approve' || one.do === 'answer');
const seenOf = ({ id, request, subjectDigest }: PublishView) => ({ id, shown: subjectDigest, request });

beforeEach(() => {
  now = Date.parse('2026-11-26T12:00:00Z');
  effects = [];
  begin(liveWith(1, 2));
});

describe('in the inbox', () => {
  test('they are one row with their number, which the one that came first has', () => {
    expect(itemsOf(screen).map(({ id }) => id)).toEqual([APPROVAL]);
    expect(frame()).toMatch(/> approve ×3 builder: make it so/);
  });
  test('another that comes moves no row and no selection', () => {
    send({ what: 'live', live: liveWith(1, 2, 3), session: null });
    expect(screen.selected).toBe(APPROVAL);
    expect(frame()).toMatch(/> approve ×4 builder/);
  });
  test('a filter that leaves one of them leaves it as it is', () => {
    keys('/', ...idOf(2), 'enter');
    expect(itemsOf(screen)).toEqual([itemOf(2)]);
    keys('enter');
    expect(effects.at(-1)).toEqual({ do: 'load', id: idOf(2) });
  });
  test('of very many so many are one row as are decided together', () => {
    const many = Array.from({ length: 20 }, (_, n) => `${n}`.padStart(36, '0'));
    const items = many.map((id) => ({ ...item, id }) as InboxItem);
    begin({ ...liveWith(), items, alike: [many] });
    expect(itemsOf(screen).map(({ alike }) => alike?.length)).toEqual([15, 3]);
  });
});

describe('on their screen', () => {
  test('each is named with its digest, and A asks for that of the one that is shown', () => {
    open(1, 2);
    expect(effects[0]).toEqual({ do: 'load', id: APPROVAL, alike: [idOf(1), idOf(2)] });
    keys('g');
    for (const one of [first, other(1), other(2)]) {
      expect(frame()).toContain(`approval ${one.id} of session ${one.session}`);
      expect(frame()).toContain(`commit ${one.commit} to ${one.ref}`);
      expect(frame()).toContain(`subject ${one.subjectDigest}`);
    }
    expect(frame()).toContain('all of it was shown: A approves all 3');
    keys('A');
    expect(frame()).toContain(`to sign all 3, type ${DIGEST.slice(0, 4)}`);
  });
  test('one decision is about each, as it was shown', () => {
    open(1, 2);
    keys('A', ...DIGEST.slice(0, 4));
    const { id: _, ...seen } = seenOf(first);
    const alike = [1, 2].map((n) => seenOf(other(n)));
    expect(signed()).toEqual([{ do: 'approve', id: APPROVAL, seen: { ...seen, alike } }]);
  });
  test('a reason is for each', () => {
    open(1);
    keys('x', 'n', 'o', 'enter');
    expect(screen.notice).toBe('enter again after a second rejects, and ends the session: all 2');
    now += 2_000;
    keys('enter');
    expect(signed()).toMatchObject([{ answer: 'rejected', seen: { alike: [{ id: idOf(1) }] } }]);
  });
  test('the digest of another of them signs nothing', () => {
    open(1, 2);
    keys('A', ...digestOf(1).slice(7, 11));
    expect(signed()).toEqual([]);
  });
  test('none is signed before the rows that name them were shown', () => {
    keys('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...first, alike: [other(1)] } });
    now += 1_000;
    keys('A');
    expect(screen.notice).toMatch(/not shown yet/);
    keys(...DIGEST.slice(0, 4));
    expect(signed()).toEqual([]);
  });
  test.each([
    ['is closed', { state: 'expired' }],
    ['is decided', { decision: 'rejected' as const }],
    ['may not be decided any more', { allowed: null }],
    ['has expired', { expires: '2026-11-26T11:00:00.000Z' }],
  ])('none is signed where one of them %s', (_, change) => {
    keys('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...first, alike: [{ ...other(1), ...change }] } });
    now += 1_000;
    for (let page = 0; page < 9; page++) {
      draw();
      keys('space');
    }
    keys('A', ...DIGEST.slice(0, 4));
    expect(signed()).toEqual([]);
  });
  test('one that comes after they were opened is not among them, and disarms', () => {
    open(1, 2);
    keys('A', '7', 'f', '3');
    send({ what: 'live', live: liveWith(1, 2, 3), session: null });
    keys('a');
    expect(signed()).toEqual([]);
    now += 1_000;
    keys('A', ...DIGEST.slice(0, 4));
    const [effect] = signed() as [Extract<ScreenEffect, { do: 'approve' }>];
    expect(effect.seen.alike?.map(({ id }) => id)).toEqual([idOf(1), idOf(2)]);
  });
  test('one that is decided elsewhere ends it, for all of them', () => {
    open(1, 2);
    keys('A', '7', 'f', '3');
    send({ what: 'live', live: liveWith(1), session: null });
    now += 1_000;
    keys('a', 'A', ...DIGEST.slice(0, 4));
    expect(signed()).toEqual([]);
    expect(frame()).toContain('one of them was decided or closed meanwhile, nothing was signed');
    send({ what: 'live', live: liveWith(), session: null });
    expect(frame()).toContain('one of them was decided or closed meanwhile, nothing was signed');
  });
});

test('what seemed to be alike and is not stands by itself from then on', async () => {
  const bad = { ...other(2), task: 'something else' };
  const views = new Map([first, other(1), bad].map((one) => [one.id, one]));
  const source = {
    ...{ now: () => now, notes: [], live: () => liveWith(1, 2), session: () => null, tree: () => null },
    load: async (id: string) => views.get(id)!,
    slices: async <T>(steps: Steps<T>) => atOnce(steps),
  } as Partial<ScreenSource> as ScreenSource;
  const store = createStore(source, { size: SIZE, surface: 'full' }, OUTSIDE);
  // The newest is no row of its own
  expect(store.screen().selected).toBe(APPROVAL);
  now += 1_000;
  store.send({ what: 'key', key: 'enter' });
  await new Promise((done) => setImmediate(done));
  expect(store.screen().approval?.view).toMatchObject({ id: APPROVAL, alike: [{ id: idOf(1) }] });
  expect(store.screen().notice).toBe('1 that seemed to ask for the same does not: open it by itself');
  expect(itemsOf(store.screen()).map(({ id }) => id)).toEqual([idOf(2), APPROVAL]);
});

test('who looked at one that turns out to be as another has the row of both selected', () => {
  begin({ ...liveWith(1), alike: [] });
  screen = { ...screen, selected: idOf(1) };
  send({ what: 'live', live: liveWith(1), session: null });
  expect(screen.selected).toBe(APPROVAL);
  keys('enter');
  expect(screen.approval).toMatchObject({ id: APPROVAL });
});
