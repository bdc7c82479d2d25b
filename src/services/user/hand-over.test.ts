/** The rest of a long text goes when its reader asks for it: who said it waits for that, and says so where nobody asked. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { replyToQuestion } from './answers.ts';
import { decide } from './approvals.ts';
import { ask, cancel } from './ask.ts';
import { pickQuestion } from './pick.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const long = (word: string): string => word.repeat(2000);
const ASKS_LATE =
  'builder has not asked for the rest of it yet: it goes with the next command while builder is online, such as `entangle user watch`';

type Saying = {
  what: string;
  type: 'task.request' | 'task.cancel' | 'approval.response' | 'reply';
  say(alice: Alice, text: string): Promise<unknown>;
};
const SAYINGS: readonly Saying[] = [
  { what: 'a task', type: 'task.request', say: (alice, text) => ask(alice.user, 'builder', text) },
  {
    what: 'the reason of a cancellation',
    type: 'task.cancel',
    say: async (alice, text) => cancel(alice.user, await alice.launch(), text),
  },
  {
    what: 'the reason of a decision',
    type: 'approval.response',
    say: async (alice, text) => {
      await alice.askApproval();
      const row = alice.home.tables.get('approvals', APPROVAL)!;
      return decide(alice.user, row, 'rejected', { reason: text });
    },
  },
  {
    what: 'an answer',
    type: 'reply',
    say: async (alice, text) => {
      const { request } = await alice.launch();
      const [said, question] = [{ from: 'node', to: 'user' } as const, uuidOf(0xc2)];
      const body = { session: SESSION, attempt: 1, step: 1, question, text: 'which port?' };
      await alice.hear({ ...said, type: 'question', re: request!, body });
      return replyToQuestion(alice.user, pickQuestion(alice.home, question), text);
    },
  },
];
/** The message once it is said, and the end of what says it. */
const begin = async (alice: Alice, { type, say }: Saying, text: string) => {
  let isOver = false;
  const work = say(alice, text).finally(() => {
    isOver = true;
  });
  await alice.time.until('what is said', () => alice.said(type)[0]);
  return { said: alice.said(type)[0]!, work, isOver: () => isOver };
};
const hearGet = (alice: Alice, sha256: string) =>
  alice.hear({ type: 'blob.get', from: 'node', to: 'user', body: { sha256 } });

describe.each(SAYINGS)('$what', (saying) => {
  test('that is long is over when its reader has been given the rest', async () => {
    const alice = await startSingleUser();
    const { said, work, isOver } = await begin(alice, saying, long('text '));
    await alice.time.pass(5000);
    expect(isOver()).toBe(false);
    expect(said.body.whole?.size).toBe(10_000);
    const before = alice.time.elapsed();
    await hearGet(alice, said.body.whole!.sha256);
    await alice.time.finish('the end', work);
    expect([alice.time.elapsed(), alice.logged]).toEqual([before, []]);
    expect(alice.said('blob.part').map(({ to }) => to)).toEqual([alice.actors.node.pubkey]);
  });

  test('that is long and not asked for is over after ten seconds, and says how the rest goes', async () => {
    const alice = await startSingleUser();
    const { work } = await begin(alice, saying, long('text '));
    await alice.time.finish('the end', work);
    expect(alice.time.elapsed()).toBe(10_000);
    expect(alice.logged).toEqual([ASKS_LATE]);
  });

  test('that is short waits for nobody', async () => {
    const alice = await startSingleUser();
    const { said, work } = await begin(alice, saying, 'text');
    await alice.time.finish('the end', work);
    expect([alice.time.elapsed(), said.body.whole, alice.logged]).toEqual([0, undefined, []]);
  });
});

test('the rest of one text that was taken is not that of the next', async () => {
  const alice = await startSingleUser();
  const first = ask(alice.user, 'builder', long('one '));
  await alice.time.until('the first', () => alice.said('task.request')[0]);
  await hearGet(alice, alice.said('task.request')[0]!.body.whole!.sha256);
  await alice.time.finish('the first', first);
  await alice.time.finish('the second', ask(alice.user, 'builder', long('two ')));
  expect(alice.logged).toEqual([ASKS_LATE]);
});
