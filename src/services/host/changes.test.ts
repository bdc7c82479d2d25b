/** The stream that tells a reader to read again: at once, at each change, and nothing where nothing is another. */

import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { askedRequest } from '../../../test/support/asked-request.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { pathOf } from '../../core/host-api/route.ts';
import type { ApiEvent } from '../../ports/index.ts';
import { hostApi } from './api.ts';
import { listSessions } from './sessions.ts';
import { listRejects } from './status.ts';

const SESSION = uuidOf(0xe1);

const served = async () => {
  const one = await startSingleHost();
  await one.place();
  // What is said of it is out
  await one.time.pass(5_000);
  const handle = hostApi(one.host);
  const open = async (lastEventId: string | null = null) => {
    const answer = await handle(
      askedRequest({
        ...{ method: 'GET', path: pathOf('changes.follow', {}, {}), lastEventId },
        credential: { kind: 'bearer', token: one.token },
      }),
    );
    if (!('events' in answer)) throw new Error(`status ${answer.status}`);
    const got: ApiEvent[] = [];
    const leave = new AbortController();
    void (async () => {
      for await (const event of answer.events(leave.signal)) if (event) got.push(event);
    })().catch(() => {});
    await one.time.pass(500);
    return { got, leave };
  };
  const observe = (
    step: number,
    state: 'accepted' | 'active' | 'completed',
    from: 'runner' | 'bob' = 'runner',
    session = SESSION,
  ) => one.observe({ session, step, state, from });
  return { ...one, open, observe };
};

test('tells at once, to whoever has not read or read something else; and not who read this', async () => {
  const one = await served();
  const { got } = await one.open();
  expect(got).toHaveLength(1);
  expect((await one.open(got[0]!.cursor)).got).toEqual([]);
  expect((await one.open('0123456789abcdef')).got).toHaveLength(1);
});

test('tells within a moment of what comes, as one change where much comes', async () => {
  const one = await served();
  const { got } = await one.open();
  await one.observe(1, 'accepted');
  await one.time.pass(500);
  expect(got.length).toBeGreaterThan(1);
  const before = got.length;
  for (let i = 0; i < 20; i++) one.host.news.tell();
  await one.time.pass(500);
  expect(got).toHaveLength(before + 1);
});

test('a runner that goes silent is told by and by, though nothing came', async () => {
  const one = await served();
  const hearAll = () => {
    for (const { pubkey } of one.home.tables.list('hellos', {})) one.host.presence.heard(pubkey);
  };
  hearAll();
  const { got } = await one.open();
  const before = got.length;
  await one.time.pass(40_000);
  expect(got.length).toBe(before);
  await one.time.pass(40_000);
  // By the look of it, and when it is on record
  expect(got.length).toBe(before + 2);
});

test('sessions: open ones with who runs them, then what is over', async () => {
  const one = await served();
  await one.observe(1, 'accepted');
  await one.observe(2, 'active');
  const since = expect.stringMatching(/^2026-/);
  const asked = { node: 'builder', requester: 'alice', attempt: 1, since };
  const row = { id: SESSION, ...asked, waits: [], reason: null, cancel: null };
  expect(listSessions(one.home).items).toEqual([{ ...row, state: 'active', held: true }]);
  for (const n of [1, 2]) await one.observe(1, 'accepted', 'runner', uuidOf(0xe1 + n));
  await one.observe(3, 'completed');
  expect(listSessions(one.home).items).toMatchObject([
    { id: uuidOf(0xe3), state: 'accepted', held: true },
    { id: uuidOf(0xe2), state: 'accepted', held: true },
    { ...row, state: 'completed', held: false },
  ]);
});

test('what was refused is told within seconds, when it is written down', async () => {
  const one = await served();
  const { got } = await one.open();
  const before = got.length;
  await one.observe(1, 'accepted', 'bob');
  await one.time.pass(3_000);
  expect(listRejects(one.host).items).toMatchObject([{ count: 1 }]);
  expect(got.length).toBeGreaterThan(before);
});
