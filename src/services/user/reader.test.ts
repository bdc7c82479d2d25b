/** A person's client over a home that may not be written: it shows what is known, and never claims to have said anything. */

import { expect, test } from 'vitest';
import { createMemoryHome } from '../../../test/sim/memory-home.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { ofPublish } from '../../../test/support/published.ts';
import { toBase64 } from '../../core/encoding/bytes.ts';
import type { Home } from '../messaging/home.ts';
import { showApproval } from './approval-view.ts';
import { decide } from './approvals.ts';
import { ask, cancel } from './ask.ts';
import { liveView } from './live.ts';
import { readUser } from './reader.ts';
import { requestDraft } from './requests.ts';
import { inbox } from './views.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const READ_ONLY = new Error('this home is read-only');

/** Her home with an approval and a task of hers in it, over the same disk, which takes no more lines. */
const startReader = async (prepare = async (_alice: Alice): Promise<void> => {}) => {
  const alice = await startSingleUser();
  const { home: writable, random, time } = alice;
  await alice.askApproval();
  await alice.launch();
  await prepare(alice);
  const { disk, host, graph, clock, suite } = writable;
  const here = { kind: 'user', name: 'alice', host, graph, clock, random, suite, disk } as const;
  const home = createMemoryHome(here);
  const { append } = home.ledger;
  home.ledger.append = (build) =>
    append(() => {
      if (build().length > 0) throw READ_ONLY;
      return [];
    });
  let looks = 0;
  home.ledger.catchUp = async () => {
    looks += 1;
  };
  const [before, at] = [disk.lines.length, time.elapsed()];
  const user = readUser({ home, contents: async () => new Map([['path', new Uint8Array([7])]]) });
  const isUntouched = () => disk.lines.length === before && time.elapsed() === at;
  return { user, home, time, isUntouched, looks: () => looks };
};
const approvalOf = ({ tables }: Home) => tables.get('approvals', APPROVAL)!;
const sessionOf = ({ tables }: Home) => tables.get('sessions', SESSION)!;

test('what is known is shown', async () => {
  const { user, home } = await startReader();
  expect(inbox(home, false).items.map(({ what, id }) => [what, id])).toEqual([
    ['session', SESSION],
    ['approval', APPROVAL],
  ]);
  expect(liveView(user)).toMatchObject({ me: 'alice', relays: { open: 0, all: 0 }, revision: 1 });
  expect([...(await user.contents('base', []))]).toEqual([['path', new Uint8Array([7])]]);
});

test('a change whose parts all came is shown, though nobody put them together yet; another is asked for in vain', async () => {
  const { home, user, isUntouched } = await startReader(async ({ said, hear, time, home: { disk } }) => {
    const [[sha256, bytes] = ['', new Uint8Array()]] = disk.blobs;
    disk.blobs.clear();
    await time.pass(1000);
    const re = said('blob.get')[0]!.event.id;
    const body = { sha256, n: 0, of: 1, data: toBase64(bytes) };
    await hear({ type: 'blob.part', from: 'node', to: 'user', re, body });
    await time.pass(1000);
    disk.blobs.clear();
  });
  expect(ofPublish(await showApproval(user, approvalOf(home), 0)).diff).toContain('+hello');
  expect(isUntouched()).toBe(true);
  const other = await startReader(async ({ home: { disk } }) => disk.blobs.clear());
  await expect(showApproval(other.user, approvalOf(other.home), 0)).rejects.toBe(READ_ONLY);
});

test('what would be said is refused with what forbids to write it, at once', async () => {
  const { user, home, isUntouched } = await startReader();
  await expect(decide(user, approvalOf(home), 'approved')).rejects.toBe(READ_ONLY);
  await expect(cancel(user, sessionOf(home), 'no')).rejects.toBe(READ_ONLY);
  await expect(ask(user, 'builder', 'write')).rejects.toBe(READ_ONLY);
  expect(isUntouched()).toBe(true);
});

test('what was said before is said; of what holds no more nothing need be', async () => {
  const { user, home, isUntouched } = await startReader();
  const said = (attempt: number) =>
    requestDraft(home, sessionOf(home).node, SESSION, attempt, { text: { head: 'write' } });
  await user.exchange.send([said(1)]);
  await user.exchange.send(() => [said(1)]);
  await user.exchange.send(() => []);
  await expect(user.exchange.send(() => [said(2)])).rejects.toBe(READ_ONLY);
  expect(isUntouched()).toBe(true);
});

test('no relay is met: nothing is synced, given, refused or published, and nothing is left to send', async () => {
  const { exchange, close } = (await startReader()).user;
  const [event] = (await startSingleUser()).said('user.hello');
  expect([await exchange.synced(1000), exchange.hasGiven(), exchange.relays()]).toEqual([false, false, []]);
  expect([exchange.rejected(), await exchange.publish(event!.event), await exchange.flush()]).toEqual([
    ...[[], false, 0],
  ]);
  await Promise.all([exchange.close(), close()]);
});

test('what another process of this person wrote is seen within half a second, until the time is over', async () => {
  const { user, time, looks } = await startReader();
  const found = user.until(() => looks() === 3 && 'found', 60_000);
  expect(await time.finish('what is looked for', found)).toBe('found');
  expect(time.elapsed()).toBe(1500);
  const nothing = user.until(() => null, 1300);
  expect(await time.finish('the end', nothing)).toBeNull();
  expect(time.elapsed()).toBe(1500 + 1300);
});
