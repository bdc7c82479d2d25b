/** The same screen once more in this process, over the same home: what it draws must be what the terminal of the real one has. */

import { systemClock } from '../../src/adapters/system/clock.ts';
import { type HomePaths, resolveHome } from '../../src/cli/kit/settings.ts';
import { hostClient, hostStream } from '../../src/cli/wiring/host-client.ts';
import { wireUser } from '../../src/cli/wiring/user-session.ts';
import { atOnce } from '../../src/core/steps.ts';
import { type HostNews, watchHost } from '../../src/services/host/watch.ts';
import { showApproval } from '../../src/services/user/approval-view.ts';
import { liveView, sessionById, subscribe } from '../../src/services/user/live.ts';
import { pick } from '../../src/services/user/pick.ts';
import { sessionTree } from '../../src/services/user/tree.ts';
import type { Size } from '../../src/tui/frame/box.ts';
import { type HostEvent, startHostScreen } from '../../src/tui/host/state.ts';
import { updateHost } from '../../src/tui/host/update.ts';
import { DEAF_MS } from '../../src/tui/state.ts';
import { createStore, type ScreenSource } from '../../src/tui/store.ts';
import type { Drawn } from './record.ts';

export type Twin = {
  press(key: string): void;
  drawn(): Drawn;
  close(): Promise<void>;
};

const WAIT_MS = 30_000;
const homeAt = (directory: string): HomePaths => resolveHome(directory, {}, directory);
const never = async (): Promise<never> => {
  throw new Error('a picture decides nothing');
};

export const userTwin = async (directory: string, size: Size): Promise<Twin> => {
  const wired = { passphraseFile: undefined, input: false, log: () => {}, syncMs: 2_000 };
  const user = await wireUser(homeAt(directory), 'default', wired);
  // Keys of a twin are never pressed before it looks
  let ahead = 0;
  const source: ScreenSource = {
    now: () => Date.now() + ahead,
    notes: [],
    bound: {},
    live: () => liveView(user, { withOpen: true }),
    session: (id) => sessionById(user, id),
    tree: (id) => sessionTree(user, id),
    subscribe: (signal, tell) => subscribe(user, signal, tell),
    load: (id) => showApproval(user, pick(user.home, 'approvals', id), WAIT_MS),
    ...{
      approve: never,
      ask: never,
      cancel: never,
      question: never,
      reply: never,
      revoke: never,
      answer: never,
      page: never,
      edit: never,
    },
    slices: async (steps) => atOnce(steps),
    words: (error) => ({ why: String(error), hint: null }),
  };
  const outside = { quit() {}, redraw() {}, print() {}, copy() {}, page: never, edit: never };
  const store = createStore(source, { size, surface: 'full' }, outside);
  const over = new AbortController();
  const following = source.subscribe(over.signal, store.news);
  return {
    press(key) {
      ahead = DEAF_MS;
      store.send({ what: 'key', key });
      ahead = 0;
    },
    drawn() {
      const { approval } = store.screen();
      if (approval?.view) store.send({ what: 'drawn', id: approval.id, top: approval.top, size });
      return { of: 'user', screen: store.screen(), now: Date.now() };
    },
    async close() {
      over.abort();
      await following;
      await user.close();
    },
  };
};

const eventOf = (news: HostNews): HostEvent => {
  if (news.what === 'traced') return { what: 'traced', entries: [news.entry] };
  return news.what === 'audited' ? { what: 'audited', entries: [news.entry] } : news;
};

export const hostTwin = async (directory: string, size: Size): Promise<Twin> => {
  const paths = homeAt(directory);
  const at = {
    clock: systemClock,
    client: hostClient(paths, {}),
    stream: hostStream(paths, {}),
  };
  let screen = startHostScreen(size, Date.now());
  const over = new AbortController();
  const following = watchHost(at, over.signal, (news) => {
    screen = updateHost(screen, eventOf(news), Date.now()).screen;
  });
  return {
    press(key) {
      screen = updateHost(screen, { what: 'key', key }, Date.now()).screen;
    },
    drawn: () => ({ of: 'host', screen, now: Date.now() }),
    async close() {
      over.abort();
      await following;
    },
  };
};
