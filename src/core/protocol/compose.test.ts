import { describe, expect, test } from 'vitest';
import { createTaskDrafts } from '../../../test/support/task-draft.ts';
import { EPOCH, NOW, STREAM, uuidOf } from '../../../test/support/world.ts';
import { utf8Length } from '../encoding/bytes.ts';
import { composeRumor } from '../nostr/envelope.ts';
import { verifyEvent } from '../nostr/event.ts';
import { composeMessage, composeRecord, type Draft } from './compose.ts';
import { KIND, RECORD_KIND } from './message.ts';
import { MAX_RUMOR_BYTES, MAX_TASK_EVENT_BYTES, rumorBytes as sizeOfRumor, wireBytes } from './size.ts';
import { rowOf } from './table.ts';

const { world, stamp, request } = createTaskDrafts();
const { user, node } = world.actors;
const rumorBytes = (text: string): number => {
  const event = composeMessage(world.suite, request(text), stamp);
  return utf8Length(JSON.stringify(composeRumor(world.suite, event, node.pubkey)));
};

describe('what is refused before it is signed', () => {
  test.each<[string, Draft]>([
    ['a type that nobody declared', { ...request('x'), type: '__proto__' as never }],
    ['a body that breaks its own schema', { ...request('x'), body: { task: 1 } as never }],
    ['a body with a member more', { ...request('x'), body: { ...request('x').body, role: 'host' } as never }],
    ['a dedup key with a space, which no fold of the ledger could read', { ...request('x'), dedup: 'a b' }],
    ['a conversation that is no id', { ...request('x'), conversation: 'mine' }],
  ])('%s', (_what, draft) => {
    expect(() => composeMessage(world.suite, draft, stamp)).toThrow(
      expect.objectContaining({ code: 'invalid' }),
    );
  });

  // Quotes in a task grow most: it must also fit as evidence, which is JSON in JSON in JSON in JSON.
  test.each([
    ['letters', 'x'],
    ['three bytes each', '\u4e16'],
    ['quotation marks', '"'],
  ])('a rumor of more bytes than fit, of %s; nearly as many are composed', (_what, letter) => {
    let [fits, over] = [0, 6_001];
    const composed = (count: number): boolean => {
      try {
        return rumorBytes(letter.repeat(count)) > 0;
      } catch {
        return false;
      }
    };
    while (over - fits > 1) {
      const middle = (fits + over) >> 1;
      if (composed(middle)) fits = middle;
      else over = middle;
    }
    expect(rumorBytes(letter.repeat(fits))).toBeLessThanOrEqual(MAX_RUMOR_BYTES);
    const event = composeMessage(world.suite, request(letter.repeat(fits)), stamp);
    if (letter === '"') expect(MAX_TASK_EVENT_BYTES - wireBytes(event)).toBeLessThan(16);
    else expect(fits).toBe(6_000);
  });
});

describe('the last byte that fits', () => {
  const { runner, host } = world.actors;
  const observed = (letters: number) =>
    composeMessage(
      world.suite,
      {
        type: 'session.observed',
        ...{ from: runner.pubkey, to: host.pubkey, dedup: 'observed' },
        body: {
          ...{ session: uuidOf(1), attempt: 1, step: 1, state: 'accepted', node: 'builder' },
          requester: user.pubkey,
          evidence: ['\u4e16'.repeat(5000), 'x'.repeat(letters)].map((task) =>
            composeMessage(world.suite, request(task), stamp),
          ),
        },
      },
      { ...stamp, role: 'runner', secretKey: runner.secretKey },
    );

  test('of a message: one more is refused, with what to do instead', () => {
    const letters = MAX_RUMOR_BYTES - sizeOfRumor(observed(0));
    expect(sizeOfRumor(observed(letters))).toBe(MAX_RUMOR_BYTES);
    expect(() => observed(letters + 1)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        message: `a session.observed of more than ${MAX_RUMOR_BYTES} bytes`,
        hint: 'shorten it, or send large content as a git commit',
      }),
    );
  });
  test('of a task, which is quoted when it is observed', () => {
    const task = (letters: number) =>
      composeMessage(world.suite, request('"'.repeat(1200) + 'x'.repeat(letters)), stamp);
    const letters = MAX_TASK_EVENT_BYTES - wireBytes(task(0));
    expect(wireBytes(task(letters))).toBe(MAX_TASK_EVENT_BYTES);
    expect(() => task(letters + 1)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        hint: 'put the details into a file of the repository and name it in the task',
      }),
    );
    const handed = { ...request('"'.repeat(1200) + 'x'.repeat(letters + 1)), type: 'task.handoff' } as Draft;
    const asNode = { ...stamp, role: 'node' as const, secretKey: node.secretKey };
    const over = () => composeMessage(world.suite, { ...handed, from: node.pubkey }, asNode);
    expect(over).toThrow(/^the task is too long/);
  });
});

describe('what is signed', () => {
  test('says who, to whom, where in its stream and what it answers', () => {
    const draft: Draft<'task.accept'> = {
      ...{ type: 'task.accept', from: node.pubkey, to: user.pubkey, dedup: 'task:1' },
      body: { session: uuidOf(1), attempt: 1, step: 1, state: 'accepted' },
      ...{ re: '1e'.repeat(32), session: uuidOf(1), conversation: uuidOf(2), expiration: 9 },
    };
    const asNode = { ...stamp, role: 'node' as const, secretKey: node.secretKey };
    const event = composeMessage(world.suite, draft, asNode);
    expect(event).toMatchObject({ kind: KIND.node, pubkey: node.pubkey, created_at: NOW });
    expect(event.tags).toEqual([
      ['v', 'entangle/1'],
      ['p', user.pubkey],
      ['type', 'task.accept'],
      ['graph', world.graph],
      ['dedup', 'task:1'],
      ['seq', STREAM, '7'],
      ['epoch', String(EPOCH.n), EPOCH.boot],
      ['rev', '2'],
      ['e', '1e'.repeat(32)],
      ['session', uuidOf(1)],
      ['conversation', uuidOf(2)],
      ['expiration', '9'],
    ]);
    expect(JSON.parse(event.content)).toEqual({
      ...draft.body,
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(verifyEvent(world.suite, event)).toBe(true);
  });

  test('names what it answers or follows, and nothing else does: the compiler holds it', () => {
    const ends = { from: node.pubkey, to: user.pubkey, dedup: 'x' };
    const move = { session: uuidOf(1), attempt: 1, step: 1, state: 'accepted' as const };
    const closed = { approval: uuidOf(1), session: uuidOf(1), state: 'expired' as const, subjectDigest: '' };
    // @ts-expect-error an answer without what it answers
    const answer: Draft = { ...ends, type: 'task.accept', body: move };
    // @ts-expect-error what follows nothing
    const follows: Draft = { ...ends, type: 'approval.closed', body: closed };
    // @ts-expect-error what answers nothing names a message
    const opens: Draft = { ...ends, type: 'task.cancel', body: { session: '', reason: '' }, re: 'x' };
    // Each names the type whose row says so: were a row to change, one of these would compile
    const rows = [answer, follows, opens].map(({ type }) => rowOf(type)!);
    expect(rows.map((row) => [row.answers, row.follows])).toEqual([
      [['task.request', 'task.handoff', 'task.review', 'task.escalate'], null],
      [null, ['approval.request']],
      [null, null],
    ]);
  });

  test('leaves out what it does not have', () => {
    const event = composeMessage(world.suite, request('x'), { ...stamp, seq: null, rev: null });
    const names = event.tags.map(([name]) => name);
    expect(names).toEqual(['v', 'p', 'type', 'graph', 'dedup', 'epoch', 'session']);
  });

  test('signs a body written before as it is, with its old nonce', () => {
    const first = composeMessage(world.suite, request('x'), stamp);
    const again = composeMessage(world.suite, request('x'), { ...stamp, content: first.content });
    expect(again.content).toBe(first.content);
    expect(composeMessage(world.suite, request('x'), stamp).content).not.toBe(first.content);
  });

  test('a record has the kind that is never sent, and names its type and graph', () => {
    const body = { assignment: uuidOf(1), fence: 2 };
    const event = composeRecord(world.suite, 'assignment.expired', body, stamp);
    expect(event).toMatchObject({ kind: RECORD_KIND, created_at: NOW, content: JSON.stringify(body) });
    expect(event.tags).toEqual([
      ['v', 'entangle/1'],
      ['type', 'assignment.expired'],
      ['graph', world.graph],
    ]);
    expect(verifyEvent(world.suite, event)).toBe(true);
  });
});
