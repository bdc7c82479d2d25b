/** A person who looks elsewhere: told once of each thing, in bytes of ours, and not into another program. */

import { expect, test, vi } from 'vitest';
import { approvalOf, liveOf, OUTSIDE } from '../../test/support/screens.ts';
import { ALERTS, type Alert } from '../core/command-words.ts';
import { atOnce } from '../core/steps.ts';
import type { Live } from '../services/user/live.ts';
import { tellNews } from './alerts.ts';
import { createStore, type ScreenSource } from './store.ts';

const NOTHING: Live = { ...liveOf(['hostile \u0007\u001b]9;x', 'builder']), items: [] };
const [approval, session, question] = liveOf(['hostile \u0007\u001b]9;x', 'builder']).items;
const never = () => Promise.reject(new Error('not here'));

const watching = (alert: Alert, { hasEscapes = true, quiet = false, start = NOTHING } = {}) => {
  let live = start;
  const written: string[] = [];
  const returns: (() => void)[] = [];
  const source: ScreenSource = {
    ...{
      now: () => 10_000,
      notes: [],
      bound: {},
      live: () => live,
      session: () => null,
      tree: () => null,
      subscribe: never,
    },
    ...{
      load: async () => approvalOf(['task']),
      approve: never,
      question: never,
      reply: never,
      revoke: never,
      ask: never,
    },
    ...{ cancel: never, answer: never, page: never, edit: never, words: () => ({ why: '', hint: null }) },
    slices: async (steps) => atOnce(steps),
  };
  const outside = { ...OUTSIDE, page: () => new Promise<void>((resolve) => returns.push(resolve)) };
  const store = createStore(source, { size: { width: 80, height: 24 }, surface: 'full' }, outside);
  const stdout = { write: (bytes: string) => written.push(bytes) > 0 };
  tellNews(store, { alert, isQuiet: () => quiet }, stdout as never, hasEscapes);
  const hear = (...items: Live['items']) => {
    live = { ...live, items };
    store.news();
  };
  return { store, written, hear, returns };
};

test.each([
  ['bell', '\u0007'],
  ['osc9', '\u001b]9;entangle: something waits for you\u0007'],
  ['osc777', '\u001b]777;notify;entangle;entangle: something waits for you\u0007'],
] as const)('by %s: once for what came together, and for nothing that runs', (alert, bytes) => {
  const { written, hear } = watching(alert);
  hear(session!);
  expect(written).toEqual([]);
  hear(session!, approval!, question!);
  expect(written).toEqual([bytes]);
  hear(session!, approval!);
  hear(session!, approval!, question!);
  expect(written).toHaveLength(1);
  hear(session!, approval!, question!, { ...question!, id: 'another' } as typeof question & object);
  expect(written).toEqual([bytes, bytes]);
});

test('what waited before is not told, nor anything in quiet hours, nor where nobody wants it', () => {
  const before = watching('bell', { start: { ...NOTHING, items: [approval!] } });
  before.hear(approval!);
  const quiet = watching('bell', { quiet: true });
  quiet.hear(approval!);
  const none = watching('none');
  none.hear(approval!);
  expect([before.written, quiet.written, none.written]).toEqual([[], [], []]);
});

test.each(ALERTS)('where no escape may be written, %s is none', (alert) => {
  const { written, hear } = watching(alert, { hasEscapes: false });
  hear(approval!);
  expect(written.join('')).toBe(alert === 'none' ? '' : '\u0007');
});

test('while another program has the terminal it waits until that is over', async () => {
  const { store, written, hear, returns } = watching('bell', { start: { ...NOTHING, items: [approval!] } });
  const key = (name: string) => store.send({ what: 'key', key: name });
  store.send({ what: 'mounted' });
  store.send({ what: 'tick' });
  Object.assign(store.screen(), { deafUntil: 0 });
  key('enter');
  store.send({ what: 'loaded', id: approval!.id, view: approvalOf(['task']) });
  Object.assign(store.screen(), { deafUntil: 0 });
  key('e');
  expect(store.screen().isAway).toBe(true);
  hear(approval!, question!);
  expect(written).toEqual([]);
  await vi.waitFor(() => expect(returns).toHaveLength(1));
  for (const end of returns) end();
  await vi.waitFor(() => expect(written).toEqual(['\u0007']));
});
