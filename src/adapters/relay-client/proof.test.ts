/** How often a relay is asked whether it passes on what it does not store. */
import { expect, test } from 'vitest';
import { makeKeys } from '../../../test/support/relay-kit.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Clock, PublishOutcome, RelayIdentity } from '../../ports/index.ts';
import { systemRandom } from '../system/random.ts';
import { Proof } from './proof.ts';
import { Trouble } from './trouble.ts';

const MINUTE = 60_000;
const [me, node] = [makeKeys(), makeKeys()];

/** A relay that speaks of nothing but the pace; each wait is over at once, and the connection ends after 12 of them. */
const hasty = (
  identities: () => RelayIdentity[],
  onAsk: (proof: Proof, times: number) => void = () => {},
) => {
  let now = 0;
  const asked: { at: number; by: string }[] = [];
  const over = new AbortController();
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  const publish = async (event: SignedEvent): Promise<Omit<PublishOutcome, 'url'>> => {
    asked.push({ at: now, by: event.pubkey });
    if (asked.length === 12) over.abort();
    onAsk(proof, asked.length);
    return { result: 'refused', detail: 'rate-limited: slow down' };
  };
  const trouble = new Trouble(clock, () => {});
  const port = { clock, random: systemRandom, trouble, identities, publish, over: over.signal };
  const proof: Proof = new Proof({ ...port, withheld: () => {}, recovered: () => {} });
  return { proof, asked, over: over.signal };
};

test('after twice as long each time, and from then on once an hour', async () => {
  const { proof, asked } = hasty(() => [me]);
  await proof.ofPassing(me);
  const waits = asked.slice(1).map(({ at }, i) => (at - asked[i]!.at) / MINUTE);
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
});

test('no more, once whoever asked is gone', async () => {
  const here = [me];
  const { proof, asked, over } = hasty(
    () => here,
    (_, times) => void (times === 2 && here.pop()),
  );
  await proof.ofPassing(me);
  expect({ times: asked.length, isOver: over.aborted }).toEqual({ times: 2, isOver: false });
});

test('by whoever was read since, where the first is gone', async () => {
  let here = [me];
  const { proof, asked } = hasty(
    () => here,
    (running, times) => {
      if (times !== 2) return;
      here = [node];
      void running.ofPassing(node);
    },
  );
  await proof.ofPassing(me);
  expect(asked.map(({ by }) => by)).toEqual([
    ...Array<string>(2).fill(me.pubkey),
    ...Array<string>(10).fill(node.pubkey),
  ]);
});
