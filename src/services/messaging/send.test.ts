/** What a home signs: only what its own routes carry, once, in the order of its streams. */
import { describe, expect, test, vi } from 'vitest';
import {
  DIFF,
  introduced,
  nameUsers,
  peerOf,
  REVISION,
  routesOf,
  sendRoutes,
  taskOf,
  tellRoutes,
  trustedRunners,
} from '../../../test/sim/introductions.ts';
import { createMessageKit, KIT_EPOCH, type MessageKit, type Name } from '../../../test/sim/message-kit.ts';
import type { Entry } from '../../core/ledger/line.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { parseTags } from '../../core/protocol/tags.ts';
import { revisionOf } from './home.ts';
import { recordOf } from './rejections.ts';
import {
  composeAgain,
  composeEntries,
  composeEphemeral,
  pastSeconds,
  type SaidOf,
  streamOf,
} from './send.ts';

const draft = (kit: MessageKit, changes: Partial<Draft> = {}): Draft =>
  ({
    type: 'task.request',
    from: kit.who.alice.pubkey,
    to: kit.who.node.pubkey,
    dedup: 'once',
    body: taskOf(1),
    ...changes,
  }) as Draft;
const tagsOf = (event: SignedEvent) => parseTags(event.tags).tags;
/** Composes and keeps what was composed, as a home does. */
const keep = (kit: MessageKit, name: Name, drafts: Draft[]): Promise<unknown> =>
  kit.homeOf(name).ledger.append(() => composeEntries(kit.homeOf(name), drafts));

describe('my own routes', () => {
  const both = [
    ['durable', (kit: MessageKit, one: Draft) => composeEntries(kit.homes.alice, [one])],
    ['ephemeral', (kit: MessageKit, one: Draft) => composeEphemeral(kit.homes.alice, one)],
  ] as const;
  test.each(both)('carry a %s message to a peer, and to nobody else', async (_kind, compose) => {
    const kit = await introduced();
    expect(() => compose(kit, draft(kit, { to: kit.who.node2.pubkey }))).toThrow(
      expect.objectContaining({
        code: 'denied',
        message: expect.stringMatching(/no_edge/),
        hint: expect.stringMatching(/^ask an operator .*graph explain/),
      }),
    );
    expect(() => compose(kit, draft(kit))).not.toThrow();
  });
  test.each(both)('carry a %s message in its direction only', async (_kind, compose) => {
    const kit = await introduced();
    await sendRoutes(
      kit,
      routesOf(kit, 'alice', [peerOf(kit, 'node', [{ relation: 'delegates_to', side: 'b' }])], 2),
    );
    expect(() => compose(kit, draft(kit))).toThrow(/wrong_direction/);
  });
  test.each(both)('are not asked about control, %s', async (_kind, compose) => {
    const kit = await introduced();
    const ack = draft(kit, { type: 'ack', to: kit.who.mallory.pubkey });
    ack.body = { stream: DIFF.slice(0, 32), high: 0, top: 0, missing: [] };
    expect(() => compose(kit, ack)).not.toThrow();
  });
  test('say what kind the sender is: a node may not say what only a person may', async () => {
    const kit = await introduced();
    const { runner } = kit.homes;
    const one = draft(kit, {
      type: 'approval.response',
      from: kit.who.node.pubkey,
      to: kit.who.node2.pubkey,
    });
    expect(() => composeEntries(runner, [one])).toThrow(/role_never_sends/);
  });
  test('a key of another home signs nothing here', async () => {
    const kit = await introduced();
    const ack = draft(kit, { type: 'ack', from: kit.who.bob.pubkey });
    expect(() => composeEntries(kit.homes.alice, [ack])).toThrow('no such identity');
  });
});

describe('what was said', () => {
  test('is not said again under its dedup key', async () => {
    const kit = await introduced();
    await keep(kit, 'alice', [draft(kit)]);
    await keep(kit, 'alice', [draft(kit), draft(kit, { body: taskOf(2) })]);
    expect(kit.homes.alice.tables.count('messages', { type: 'task.request', dir: 'out' })).toBe(1);
  });
  test('is something else to another peer, in another type, or under another key', async () => {
    const kit = await introduced();
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    await keep(kit, 'alice', [draft(kit)]);
    await keep(kit, 'alice', [
      draft(kit, { to: kit.who.sibling.pubkey }),
      draft(kit, { type: 'task.cancel', body: { session: taskOf(1).session, reason: 'no' } }),
      draft(kit, { dedup: 'twice', body: taskOf(2) }),
    ]);
    expect(kit.homes.alice.tables.count('outbox')).toBe(4);
  });
  test('by others to this home is not what this home said', async () => {
    const kit = await introduced();
    await tellRoutes(kit, 'sibling', ['alice']);
    const stolen = { ...draft(kit), from: 'alice' as const, to: 'node' as const, body: taskOf(1) };
    const { event, text } = kit.write({ ...stolen, type: 'task.request' });
    await kit.deliver(text, 'node', event.id);
    kit.homes.runner.identities.set(kit.who.alice.pubkey, kit.who.alice);
    kit.homes.runner.tables.put('peers', {
      owner: kit.who.alice.pubkey,
      name: 'node',
      pubkey: kit.who.node.pubkey,
      kind: 'agent',
      person: 'node',
      relations: [{ relation: 'delegates_to', side: 'a' }],
      since: 1,
      ssh: [],
      reach: null,
      gate: null,
    });
    expect(composeEntries(kit.homes.runner, [draft(kit)])).toHaveLength(1);
  });
});

describe('a stream', () => {
  const numbersOf = (entries: Entry[]) => entries.map(({ event }) => tagsOf(event).seq!.n);
  test('counts on for each recipient, within one batch and after it', async () => {
    const kit = await introduced();
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    const [node, sibling] = [kit.who.node.pubkey, kit.who.sibling.pubkey];
    const batch = [node, node, sibling, node].map((to, n) => draft(kit, { to, dedup: `${n}` }));
    const lines = await kit.homes.alice.ledger.append(() => composeEntries(kit.homes.alice, batch));
    expect(numbersOf(lines)).toEqual([1, 2, 1, 3]);
    const next = [sibling, node].map((to, n) => draft(kit, { to, dedup: `later-${n}` }));
    expect(numbersOf(composeEntries(kit.homes.alice, next))).toEqual([2, 4]);
  });
  test('is of one key of one home; the Host’s is its boot', async () => {
    const kit = await introduced();
    const { runner, runner2, host } = kit.homes;
    const of = (home: typeof runner, name: Name) => streamOf(home, kit.who[name].pubkey);
    const all = [of(runner, 'runner'), of(runner, 'node'), of(runner2, 'runner2'), of(runner2, 'runner')];
    expect(new Set(all).size).toBe(4);
    expect(of(runner, 'node')).toBe(of({ ...runner }, 'node'));
    expect(of(host, 'host')).toBe(KIT_EPOCH.boot);
  });
});

test('a message says the epoch and the revision that its sender knows', async () => {
  const kit = await introduced();
  const [entry] = composeEntries(kit.homes.alice, [draft(kit)]);
  expect(tagsOf(entry!.event)).toMatchObject({
    epoch: KIT_EPOCH,
    rev: REVISION,
    graph: kit.homes.host.graph,
  });
  const early = await trustedRunners();
  const { body } = draft(early, { body: { stream: DIFF.slice(0, 32), high: 0, top: 0, missing: [] } });
  const ack = {
    type: 'ack',
    from: early.who.mallory.pubkey,
    to: early.who.host.pubkey,
    dedup: 'a',
    body,
  } as const;
  const [first] = composeEntries(early.homes.mallory, [ack as Draft]);
  expect(tagsOf(first!.event)).toMatchObject({ epoch: { n: 0, boot: '0'.repeat(32) }, rev: null });
});

test('a message names the revision since which both stand as they do, not a later one that its sender knows', async () => {
  const kit = await introduced();
  const { tables } = kit.homes.alice;
  const owner = kit.who.alice.pubkey;
  const [peer] = tables.list('peers', { owner, pubkey: draft(kit).to });
  tables.put('routes', { ...tables.get('routes', owner)!, revision: REVISION + 5 });
  tables.put('peers', { ...peer!, since: REVISION - 1 });
  const [entry] = composeEntries(kit.homes.alice, [draft(kit)]);
  expect(tagsOf(entry!.event)).toMatchObject({ rev: REVISION - 1 });
});

test('the Host says the newest of its revisions, and none before the first', async () => {
  const { homes } = createMessageKit();
  const { host } = homes;
  expect(revisionOf(host, host.host)).toBe(0);
  const kit = await introduced();
  await nameUsers(kit, REVISION + 1, ['alice', 'bob']);
  expect(revisionOf(kit.homes.host, kit.homes.host.host)).toBe(REVISION + 1);
});

test('a key that signs is known: its public key is computed for no message, seal or record', async () => {
  const kit = await introduced();
  const { alice } = kit.homes;
  const asked = vi.spyOn(alice.suite, 'publicKey');
  composeEntries(alice, [draft(kit)]);
  composeEphemeral(alice, draft(kit));
  recordOf(alice, 'delivery.acked', {
    peer: kit.who.node.pubkey,
    stream: DIFF.slice(0, 32),
    high: 0,
    top: 0,
    missing: [],
  });
  expect(asked.mock.calls.length).toBe(0);
  asked.mockRestore();
});

test('the time of a seal lies within the last two days, and never ahead', async () => {
  const kit = await introduced();
  const now = kit.time.clock.now() / 1000;
  const all = (byte: number) => ({
    ...kit.homes.alice,
    random: { bytes: (n: number) => new Uint8Array(n).fill(byte) },
  });
  for (let byte = 0; byte < 256; byte++) {
    const at = pastSeconds(all(byte));
    expect(at).toBeLessThanOrEqual(now);
    expect(at).toBeGreaterThan(now - 2 * 86_400);
  }
  const spread = new Set(Array.from({ length: 50 }, () => pastSeconds(kit.homes.alice)));
  expect(spread.size).toBeGreaterThan(40);
});

test('signed again it says the same under its old key, in a later place of its stream and the present epoch', async () => {
  const kit = await introduced();
  const said = draft(kit, { re: DIFF });
  const [line] = await kit.homes.alice.ledger.append(() => composeEntries(kit.homes.alice, [said]));
  kit.homes.alice.tables.put('epoch', { id: 'host', n: 9, boot: 'b9'.repeat(16), event: null });
  const [again] = composeAgain(kit.homes.alice, [line!.event]);
  const [before, after] = [tagsOf(line!.event), tagsOf(again!.event)];
  expect(again!.event.content).toBe(line!.event.content);
  expect(again!.event.id).not.toBe(line!.event.id);
  expect(after).toEqual({
    ...before,
    epoch: { n: 9, boot: 'b9'.repeat(16) },
    seq: { ...before.seq, n: before.seq!.n + 1 },
  });
});

describe('what is said of a message that is sent with it', () => {
  const ofIt = (kit: MessageKit, of: Draft): SaidOf => ({
    of,
    draft: (id) => draft(kit, { dedup: `of:${id}` }),
  });
  const dedupsOf = (entries: readonly Entry[]) => entries.map(({ event }) => tagsOf(event).dedup);

  test('names it by its id, in the same append', async () => {
    const kit = await introduced();
    const one = draft(kit);
    const entries = composeEntries(kit.homes.alice, [one, ofIt(kit, one)]);
    expect(dedupsOf(entries)).toEqual(['once', `of:${entries[0]!.event.id}`]);
  });

  test('names it also where it was said before, and is then said once itself', async () => {
    const kit = await introduced();
    await keep(kit, 'alice', [draft(kit)]);
    const { id } = kit.homes.alice.tables.list('messages', { type: 'task.request', dir: 'out' })[0]!;
    const again = draft(kit);
    const said = () => dedupsOf(composeEntries(kit.homes.alice, [again, ofIt(kit, again)]));
    expect(said()).toEqual([`of:${id}`]);
    await kit.homes.alice.ledger.append(() => composeEntries(kit.homes.alice, [ofIt(kit, again)]));
    expect(said()).toEqual([]);
  });

  test('is not said where that one never was', async () => {
    const kit = await introduced();
    expect(composeEntries(kit.homes.alice, [ofIt(kit, draft(kit))])).toEqual([]);
  });
});
