/** Delivery as a command sees it that leaves: nothing that is under way is left behind. */
import { expect, test } from 'vitest';
import { memoryTables } from '../../test/support/memory-tables.ts';
import { createWorld, NOW, STREAM } from '../../test/support/world.ts';
import { systemClock } from '../adapters/clock.ts';
import { ROWS } from '../core/projection/rows.ts';
import type { PublishOutcome, RelaySession } from '../ports.ts';
import type { Home } from './home.ts';
import { createOutbox } from './outbox.ts';

const world = createWorld();

/** A user's outbox with one message in it, and a relay that answers when it is told to. */
const waiting = () => {
  const tables = memoryTables(ROWS);
  const [sender, recipient] = [world.actors.user.pubkey, world.actors.node.pubkey];
  const seq = { stream: STREAM, seq: 1, dedup: 'd', epoch: 1, expiration: null, line: 1 };
  tables.put('outbox', { id: 'ab'.repeat(32), type: 'task.request', sender, recipient, ...seq });
  const seal = { kind: 13, content: '' };
  const home = {
    suite: world.suite,
    random: { bytes: world.random },
    clock: { ...systemClock, now: () => NOW * 1000 },
    tables,
    ledger: {
      async *read() {
        yield { seal };
      },
    },
  } as unknown as Home;
  let answer: (outcomes: PublishOutcome[]) => void = () => {};
  let published = 0;
  const relay = {
    publish: () => {
      published += 1;
      return new Promise<PublishOutcome[]>((resolve) => {
        answer = resolve;
      });
    },
  } as unknown as RelaySession;
  const outbox = createOutbox(home, () => relay);
  return {
    outbox,
    answer: (result: PublishOutcome['result']) => answer([{ url: '', result }]),
    published: () => published,
  };
};

test('who leaves waits for the attempt that another round began', async () => {
  const { outbox, answer, published } = waiting();
  await outbox.pump(1);
  await outbox.pump(1);
  expect(published()).toBe(1);
  let isIdle = false;
  const idle = outbox.idle().then(() => {
    isIdle = true;
  });
  await outbox.pump(1);
  expect(isIdle).toBe(false);
  answer('stored');
  await idle;
  expect(outbox.unsent()).toBe(0);
});

test('what no relay took is told', async () => {
  const { outbox, answer } = waiting();
  expect(outbox.unsent()).toBe(1);
  await outbox.pump(1);
  answer('unknown');
  await outbox.idle();
  expect(outbox.unsent()).toBe(1);
});
