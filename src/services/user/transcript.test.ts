/** A transcript is read from who was asked for its session, by whom it was named to, and as the bytes that were signed for. */
import { describe, expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { SESSION } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { concat, fromUtf8, toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { Transcript } from '../../core/protocol/messages/a2a.ts';
import { fetchTranscript } from './transcript.ts';

type One = Awaited<ReturnType<typeof startSingleSession>>;
const told = ({ alice }: One, turn: number, ...texts: string[]): Transcript => {
  const digest = (bytes: Uint8Array) => toHex(alice.home.suite.sha256(bytes));
  const parts = texts.map(utf8);
  const all = concat(...parts);
  return { attempt: 1, turn, sha256: digest(all), size: all.length, blobs: parts.map(digest) };
};
/** Its node said so, and the bytes are here. */
const printed = async (change: (transcript: Transcript) => Transcript = (one) => one) => {
  const one = await startSingleSession();
  const transcript = change(told(one, 1, 'all ', 'of it'));
  for (const text of ['all ', 'of it']) await one.alice.home.blobs.put(utf8(text));
  await one.complete({ transcript });
  return { one, transcript };
};

describe('it is', () => {
  test('put together from its blobs, and marked as what its node claims', async () => {
    const { one, transcript } = await printed();
    const { view, bytes } = await fetchTranscript(one.alice.user, SESSION.slice(-8), null, 0);
    expect(fromUtf8(bytes)).toBe('all of it');
    expect(view).toEqual({
      ...{ session: SESSION, attempt: 1, turn: 1, node: 'builder', claimed: true },
      ...{ digest: `sha256:${transcript.sha256}`, size: 9 },
    });
  });

  test('asked of its node, and waited for', async () => {
    const one = await startSingleSession();
    const transcript = told(one, 1, 'elsewhere');
    await one.complete({ transcript });
    await expect(fetchTranscript(one.alice.user, SESSION, null, 0)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the transcript has not arrived yet',
    });
    expect(one.alice.said('blob.get').map(({ to, body }) => [to, body.sha256])).toEqual([
      [one.alice.actors.node.pubkey, transcript.sha256],
    ]);
  });

  test('said to be kept no more, where its node says so', async () => {
    const one = await startSingleSession();
    const transcript = told(one, 1, 'elsewhere');
    await one.complete({ transcript });
    const read = () => fetchTranscript(one.alice.user, SESSION, null, 0);
    await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
    const re = one.alice.said('blob.get')[0]!.event.id;
    const body = { sha256: transcript.blobs[0]!, n: 0, of: 0, data: '' };
    await one.alice.hear({ type: 'blob.part', from: 'node', to: 'user', re, body });
    await expect(read()).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/^the transcript is not kept any more: its session is over/),
    });
  });

  test('that of the last turn, or of the one that is meant', async () => {
    const one = await startSingleSession();
    for (const text of ['first', 'second']) await one.alice.home.blobs.put(utf8(text));
    const { pubkey: by } = one.alice.actors.node;
    for (const [turn, text] of [
      [1, 'first'],
      [2, 'second'],
    ] as const)
      one.alice.home.tables.put('transcripts', {
        ...{ session: SESSION, attempt: 1, turn, by, told: told(one, turn, text) },
      });
    const read = async (turn: number | null) =>
      fromUtf8((await fetchTranscript(one.alice.user, SESSION, turn, 0)).bytes);
    expect([await read(null), await read(1), await read(2)]).toEqual(['second', 'first', 'second']);
    await expect(read(3)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('read by an approver, to whom nobody else told of the session', async () => {
    const one = await startSingleSession();
    const { alice } = one;
    const session = uuidOf(0xb1);
    const transcript = told(one, 1, 'of bob');
    await alice.home.blobs.put(utf8('of bob'));
    await alice.askApproval({ session, approval: uuidOf(0xb2), transcript });
    const { view, bytes } = await fetchTranscript(alice.user, session, null, 0);
    expect([view.node, fromUtf8(bytes)]).toEqual(['builder', 'of bob']);
  });
});

describe('it is refused', () => {
  test.each([
    ['another digest', (one: Transcript): Transcript => ({ ...one, sha256: '0d'.repeat(32) })],
    ['another size', (one: Transcript): Transcript => ({ ...one, size: 8 })],
    ['another order', (one: Transcript): Transcript => ({ ...one, blobs: one.blobs.toReversed() })],
  ])('with %s than its node signed', async (_what, change) => {
    const { one } = await printed(change);
    await expect(fetchTranscript(one.alice.user, SESSION, null, 0)).rejects.toMatchObject({
      code: 'invalid',
      message: 'the transcript is not the one that its node signed; nothing was kept',
    });
  });

  test('while the turn runs: it comes when that is over', async () => {
    const { alice, update } = await startSingleSession();
    await update('accepted');
    await update('active');
    await expect(fetchTranscript(alice.user, SESSION, null, 0)).rejects.toMatchObject({
      code: 'not_found',
      message: `a turn of session ${SESSION} is running: its transcript comes when it is over`,
      hint: expect.stringContaining('--follow'),
    });
  });

  test.each([
    ['that this person launched', SESSION],
    ['that another node asked about', uuidOf(0xb1)],
  ])('of a node that has nothing to say of the session %s', async (_what, session) => {
    const one = await startSingleSession();
    const { alice } = one;
    if (session !== SESSION) await alice.askApproval({ session, approval: uuidOf(0xb2) });
    alice.home.tables.put('transcripts', {
      ...{ session, attempt: 1, turn: 1, by: alice.actors.peer.pubkey, told: told(one, 1, 'lies') },
    });
    await expect(fetchTranscript(alice.user, session, null, 0)).rejects.toMatchObject({
      code: 'not_found',
      message: `no turn of session ${session} told you of a transcript`,
    });
  });
});
