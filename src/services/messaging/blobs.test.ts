/** Bytes go to whom a message named them, over an edge that is still there, and come together only where they fit. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  introduced,
  peerOf,
  questionOf,
  routesOf,
  sendRoutes,
  tellRoutes,
} from '../../../test/sim/introductions.ts';
import type { MessageKit } from '../../../test/sim/message-kit.ts';
import { tagOf } from '../../../test/sim/single-home.ts';
import { toBase64 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { fetchBlob, fetchBlobs, fetchNamed, isNotKept, serveBlobs } from './blobs.ts';
import type { Home } from './home.ts';
import { composeEntries } from './send.ts';

const BYTES = new Uint8Array(25_000).map((_, i) => i % 251);
let kit: MessageKit;
let sha256: string;
beforeEach(async () => {
  kit = await introduced();
  sha256 = await kit.homes.runner.blobs.put(BYTES);
});
/** Keeps what is sent as a home does, and gives it to look at. */
const sending = (home: Home) => {
  const sent: Draft[] = [];
  const send = async (drafts: readonly Draft[] | (() => readonly Draft[])) => {
    const all = typeof drafts === 'function' ? drafts() : drafts;
    const lines = await home.ledger.append(() => composeEntries(home, all));
    const isSaid = ({ to, dedup }: Draft) =>
      lines.some(({ event }) => tagOf(event, 'p') === to && tagOf(event, 'dedup') === dedup);
    sent.push(...all.filter(isSaid));
  };
  return { sent, send };
};
/** The node named bytes to Alice in a question. */
const named = (bytes = sha256, n = 1, by: 'node' | 'sibling' = 'node') =>
  kit.send({
    type: 'approval.request',
    from: by,
    to: 'alice',
    body: { ...questionOf(kit, n), diff: [bytes] },
  });
const asked = async (bytes = sha256) => {
  const get = await kit.send({ type: 'blob.get', from: 'alice', to: 'node', body: { sha256: bytes } });
  return get.id;
};
const served = async () => {
  const { sent, send } = sending(kit.homes.runner);
  await serveBlobs(kit.homes.runner, { send });
  return sent as Draft<'blob.part'>[];
};

test('of an open question both are fetched: what is shown of the change, and the task', async () => {
  const whole = { sha256: await kit.homes.runner.blobs.put(BYTES.subarray(1)), size: BYTES.length - 1 };
  const body = { ...questionOf(kit, 1), diff: [sha256], whole };
  await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
  const { sent, send } = sending(kit.homes.alice);
  await fetchBlobs(kit.homes.alice, { send });
  expect((sent as Draft<'blob.get'>[]).map(({ body: { sha256 } }) => sha256)).toEqual([whole.sha256, sha256]);
});

describe('who holds bytes', () => {
  test('answers with all of them in order, once', async () => {
    await named();
    const id = await asked();
    const parts = await served();
    expect(parts.map(({ re, to, body }) => [re, to, body.n, body.of])).toEqual(
      [0, 1, 2].map((n) => [id, kit.who.alice.pubkey, n, 3]),
    );
    expect(parts.map(({ body }) => body.data).join('')).toBe(toBase64(BYTES));
    kit.homes.runner.blobs.get = () => Promise.reject(new Error('read again'));
    expect(await served()).toEqual([]);
  });
  test('answers for nothing at all with one empty part', async () => {
    const empty = await kit.homes.runner.blobs.put(new Uint8Array());
    await named(empty);
    await asked(empty);
    expect((await served()).map(({ body }) => body)).toEqual([{ sha256: empty, n: 0, of: 1, data: '' }]);
  });
  test('sends no part where the edge was removed between question and answer', async () => {
    await named();
    await asked();
    await sendRoutes(kit, routesOf(kit, 'node', [], 2));
    expect(await served()).toEqual([]);
    await tellRoutes(kit, 'node', ['alice'], 3);
    expect(await served()).toHaveLength(3);
  });
  test('sends no part for a node that left this home', async () => {
    await named();
    await asked();
    kit.homes.runner.identities.delete(kit.who.node.pubkey);
    expect(await served()).toEqual([]);
  });
  test('answers once that there are none of what is not kept any more', async () => {
    await named();
    await asked();
    await kit.homes.runner.blobs.remove(sha256);
    expect((await served()).map(({ body }) => body)).toEqual([{ sha256, n: 0, of: 0, data: '' }]);
    expect(await served()).toEqual([]);
  });
  test('waits with the answer where it is a Host, which removes none', async () => {
    await named();
    await asked();
    await kit.homes.runner.blobs.remove(sha256);
    kit.homes.runner.kind = 'host';
    expect(await served()).toEqual([]);
    await kit.homes.runner.blobs.put(BYTES);
    expect(await served()).toHaveLength(3);
  });
  test('answers the next question though the file of the first cannot be read', async () => {
    const other = await kit.homes.runner.blobs.put(new Uint8Array([1]));
    for (const [n, bytes] of [sha256, other].entries()) {
      await named(bytes, n + 1);
      await asked(bytes);
    }
    const { runner } = kit.homes;
    const told: string[] = [];
    runner.log = (_level, text) => told.push(text);
    const { get } = runner.blobs;
    const failing = (error: Error) => async (one: string) => {
      if (one === sha256) throw error;
      return get(one);
    };
    runner.blobs.get = failing(new EntangleError('invalid', 'a damaged blob'));
    expect((await served()).map(({ body }) => body.sha256)).toEqual([other]);
    expect(told).toEqual(['a damaged blob']);
    runner.blobs.get = failing(new Error('a bug'));
    await expect(served()).rejects.toThrow('a bug');
  });
});

describe('who was named bytes', () => {
  const fetched = async (bytes = sha256) => {
    const { sent, send } = sending(kit.homes.alice);
    await fetchBlob(kit.homes.alice, { send }, bytes);
    return sent.map(({ to, body }) => [kit.nameOf(to), (body as BodyOf<'blob.get'>).sha256]);
  };
  const part = (n: number, bytes: Uint8Array, re: string, of = 3) => {
    const data = toBase64(bytes.subarray(n * 12_000, (n + 1) * 12_000));
    return kit.tell({ type: 'blob.part', from: 'node', to: 'alice', re, body: { sha256, n, of, data } });
  };

  test('asks who named them, once', async () => {
    expect(await fetched()).toEqual([]);
    await named();
    expect(await fetched()).toEqual([['node', sha256]]);
    expect(await fetched()).toEqual([]);
  });
  test('asks everybody who named them and can be reached', async () => {
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    await tellRoutes(kit, 'sibling', ['alice']);
    await named();
    await named(sha256, 2, 'sibling');
    expect((await fetched()).sort()).toEqual([
      ['node', sha256],
      ['sibling', sha256],
    ]);
  });
  test('does not ask who was replaced since', async () => {
    await named();
    await sendRoutes(
      kit,
      routesOf(kit, 'alice', [peerOf(kit, 'sibling', [{ relation: 'approves', side: 'a' }])], 2),
    );
    expect(await fetched()).toEqual([]);
  });
  test('does not ask for what is here', async () => {
    await named();
    await kit.homes.alice.blobs.put(BYTES);
    expect(await fetched()).toEqual([]);
  });
  test('puts them together when all parts are here', async () => {
    await named();
    const id = await asked();
    for (const n of [2, 0]) expect(await part(n, BYTES, id)).toBe('accepted');
    await fetched();
    expect(await kit.homes.alice.blobs.has(sha256)).toBe(false);
    expect(await part(1, BYTES, id)).toBe('accepted');
    await fetched();
    expect(await kit.homes.alice.blobs.get(sha256)).toEqual(BYTES);
  });
  test('asks nobody for what its parts are here of', async () => {
    await named();
    const id = await asked();
    for (const n of [0, 1, 2]) expect(await part(n, BYTES, id)).toBe('accepted');
    expect(await fetched()).toEqual([]);
    expect(await kit.homes.alice.blobs.get(sha256)).toEqual(BYTES);
  });
  test('does not put together fewer parts than were said to come, whatever they hold', async () => {
    const small = new Uint8Array([1, 2, 3]);
    sha256 = await kit.homes.runner.blobs.put(small);
    await named();
    expect(await part(0, small, await asked(), 2)).toBe('accepted');
    await fetched();
    expect(await kit.homes.alice.blobs.has(sha256)).toBe(false);
  });
  test('asks for nothing at all too: no parts are not the parts of it', async () => {
    const empty = await kit.homes.runner.blobs.put(new Uint8Array());
    await named(empty);
    expect(await fetched(empty)).toEqual([['node', empty]]);
  });
  test('asks somebody else who named them where the first gave other bytes', async () => {
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    await tellRoutes(kit, 'sibling', ['alice']);
    await named();
    expect(await fetched()).toEqual([['node', sha256]]);
    const id = await asked();
    for (const n of [0, 1, 2]) expect(await part(n, new Uint8Array(25_000), id)).toBe('accepted');
    await named(sha256, 2, 'sibling');
    expect(await fetched()).toEqual([['sibling', sha256]]);
  });
  test('gets the bytes of who has them, whatever parts another one gave of that digest', async () => {
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    await tellRoutes(kit, 'sibling', ['alice']);
    await named();
    await named(sha256, 2, 'sibling');
    const get = { type: 'blob.get', from: 'alice', to: 'sibling', body: { sha256 } } as const;
    const { id: re } = await kit.send(get);
    for (const n of [0, 1]) {
      const body = { sha256, n, of: 2, data: toBase64(new Uint8Array(3)) };
      expect(await kit.tell({ type: 'blob.part', from: 'sibling', to: 'alice', re, body })).toBe('accepted');
    }
    const id = await asked();
    for (const n of [0, 1, 2]) expect(await part(n, BYTES, id)).toBe('accepted');
    await fetched();
    expect(await kit.homes.alice.blobs.get(sha256)).toEqual(BYTES);
  });
  test('reads what is here only once who named it gave it: a digest is known to more', async () => {
    await named();
    await kit.homes.alice.blobs.put(BYTES);
    const { sent, send } = sending(kit.homes.alice);
    const read = (writer: 'node' | 'alice') => {
      const reading = { writer: kit.who[writer].pubkey, reader: kit.who.alice.pubkey };
      return fetchNamed(kit.homes.alice, { send }, sha256, reading);
    };
    expect([await read('node'), sent.length]).toEqual([false, 1]);
    expect(await read('alice')).toBe(true);
    const id = await asked();
    expect(await part(0, BYTES, id)).toBe('accepted');
    expect([await read('node'), await read('alice')]).toEqual([false, true]);
    for (const n of [1, 2]) expect(await part(n, BYTES, id)).toBe('accepted');
    expect([await read('node'), await read('alice')]).toEqual([true, true]);
  });
  test('reads in a message of one what another gave only once that one gave it too', async () => {
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    await tellRoutes(kit, 'sibling', ['alice']);
    await named();
    const id = await asked();
    for (const n of [0, 1, 2]) expect(await part(n, BYTES, id)).toBe('accepted');
    await named(sha256, 2, 'sibling');
    const { sent, send } = sending(kit.homes.alice);
    const read = (writer: 'node' | 'sibling') =>
      fetchNamed(kit.homes.alice, { send }, sha256, {
        ...{ writer: kit.who[writer].pubkey, reader: kit.who.alice.pubkey },
      });
    expect([await read('node'), await read('sibling')]).toEqual([true, false]);
    expect(sent.map(({ to }) => kit.nameOf(to))).toEqual(['sibling']);
  });
  test('knows what is not kept once everybody says so who named it', async () => {
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    await tellRoutes(kit, 'sibling', ['alice']);
    const none = (from: 'node' | 'sibling', re: string) =>
      kit.tell({ type: 'blob.part', from, to: 'alice', re, body: { sha256, n: 0, of: 0, data: '' } });
    expect(isNotKept(kit.homes.alice, sha256)).toBe(false);
    await named();
    await named(sha256, 2, 'sibling');
    expect(await none('node', await asked())).toBe('accepted');
    expect(isNotKept(kit.homes.alice, sha256)).toBe(false);
    const get = { type: 'blob.get', from: 'alice', to: 'sibling', body: { sha256 } } as const;
    expect(await none('sibling', (await kit.send(get)).id)).toBe('accepted');
    expect(isNotKept(kit.homes.alice, sha256)).toBe(true);
    await fetched();
    expect(await kit.homes.alice.blobs.has(sha256)).toBe(false);
  });
  test('keeps nothing whose digest is another', async () => {
    await named();
    const id = await asked();
    const other = BYTES.map((byte, i) => (i >= 12_000 && i < 24_000 ? byte ^ 1 : byte));
    for (const n of [0, 1, 2]) expect(await part(n, other, id)).toBe('accepted');
    await fetched();
    expect(await kit.homes.alice.blobs.has(sha256)).toBe(false);
    expect(await kit.homes.alice.blobs.has(await kit.homes.bob.blobs.put(other))).toBe(false);
  });
  test('asks for the bytes of every open question, and of no closed one', async () => {
    const first = await named();
    await named('cd'.repeat(32), 2);
    const { approval, session, subjectDigest } = questionOf(kit, 1);
    const closed = { approval, session, subjectDigest, state: 'withdrawn' as const };
    await kit.send({ type: 'approval.closed', from: 'node', to: 'alice', re: first.id, body: closed });
    const { sent, send } = sending(kit.homes.alice);
    await fetchBlobs(kit.homes.alice, { send });
    expect(sent.map(({ body }) => (body as BodyOf<'blob.get'>).sha256)).toEqual(['cd'.repeat(32)]);
  });
});

describe('a long blob is served a few parts at a time', () => {
  const LONG = new Uint8Array(500_000).map((_, i) => i % 253);
  const PARTS = 42;
  const AT_ONCE = 8;
  const askedForLong = async () => {
    const long = await kit.homes.runner.blobs.put(LONG);
    await named(long);
    await asked(long);
  };
  test('all of them, in their order, and no more of them in one turn', async () => {
    await askedForLong();
    const { sent, send } = sending(kit.homes.runner);
    const lists: number[] = [];
    const counted: typeof send = async (drafts) => {
      lists.push(Array.isArray(drafts) ? drafts.length : 0);
      await send(drafts);
    };
    await serveBlobs(kit.homes.runner, { send: counted });
    expect(Math.max(...lists)).toBeLessThanOrEqual(AT_ONCE);
    const parts = sent as Draft<'blob.part'>[];
    expect(parts.map(({ body }) => [body.n, body.of])).toEqual(
      Array.from({ length: PARTS }, (_, n) => [n, PARTS]),
    );
  });
  test('what was broken off between two lists goes on, and no part is sent twice', async () => {
    await askedForLong();
    const { sent, send } = sending(kit.homes.runner);
    const once: typeof send = async (drafts) => {
      if (sent.length > 0) throw new Error('killed');
      await send(drafts);
    };
    await expect(serveBlobs(kit.homes.runner, { send: once })).rejects.toThrow('killed');
    const [before, after] = [sent.length, await served()];
    expect(before).toBeGreaterThan(0);
    expect(after.map(({ body }) => body.n)).toEqual(
      Array.from({ length: PARTS - before }, (_, i) => before + i),
    );
    expect(await served()).toEqual([]);
  });
});
