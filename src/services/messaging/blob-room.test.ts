/** Blobs have a bound: what goes beyond it, in which order, and what never does. */
import { describe, expect, test } from 'vitest';
import { introduced } from '../../../test/sim/introductions.ts';
import { reviewClosed, reviewRequest } from '../../../test/sim/review-kit.ts';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { startReadyRunner } from '../../../test/sim/single-runner.ts';
import { APPROVAL, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { makeBlobRoom } from './blob-room.ts';
import type { Home } from './home.ts';

const S = uuidOf(0xe1);
const HOUR = 3_600_000;
const kept = async ({ blobs }: Home) => (await blobs.sweep()).map(({ sha256 }) => sha256);
/** Of a hundred bytes each. */
const startFilled = async (...names: string[]) => {
  const { alice: home } = (await introduced()).homes;
  const logged: string[] = [];
  home.log = (_level, text) => logged.push(text);
  const blobs: string[] = [];
  for (const name of names) blobs.push(await home.blobs.put(utf8(name.padEnd(100))));
  return { home, blobs, logged };
};
/** As a process finds it that begins so much later. */
const roomLater = (home: Home, most: number, ms = HOUR) =>
  makeBlobRoom({ ...home, clock: { ...home.clock, now: () => home.clock.now() + ms } }, { most });

describe('beyond the bound', () => {
  test('the oldest go, until the rest fits', async () => {
    const { home, blobs, logged } = await startFilled('a', 'b', 'c', 'd');
    await roomLater(home, 400);
    expect(await kept(home)).toEqual(blobs);
    await roomLater(home, 299);
    expect(await kept(home)).toEqual(blobs.slice(2));
    expect(logged).toEqual([]);
  });

  test('what was put once more is as new as that', async () => {
    const { home, blobs } = await startFilled('a', 'b');
    await home.blobs.put(utf8('a'.padEnd(100)));
    await roomLater(home, 100);
    expect(await kept(home)).toEqual([blobs[0]]);
  });

  test('nothing goes that was put within an hour, of which a message may be to come', async () => {
    const { home, blobs, logged } = await startFilled('a');
    await roomLater(home, 0, HOUR - 1);
    expect(await kept(home)).toEqual(blobs);
    expect(logged).toEqual(['blobs take 100 bytes more than the 0 that they may: what is open needs them']);
  });

  test('is looked for when a process begins, and again only when much was put', async () => {
    const { home } = await startFilled('a');
    const { sweep } = home.blobs;
    let looks = 0;
    home.blobs.sweep = () => {
      looks += 1;
      return sweep();
    };
    const look = async () => {
      await makeBlobRoom(home, { step: 10 });
      return looks;
    };
    expect([await look(), await look()]).toEqual([1, 1]);
    await home.blobs.put(utf8('123456789'));
    expect(await look()).toBe(1);
    await home.blobs.put(utf8('0'));
    expect([await look(), await look()]).toEqual([2, 2]);
  });
});

test('of a session nothing goes while it is open; when it is over all may', async () => {
  const FILE = 'an attached file';
  const script = ({ write, print }: EngineTurn) => {
    print('what it did\n');
    write('done.txt', 'done');
  };
  const one = await startReadyRunner({ script, capacity: 1 });
  one.home.leases.grant(one.actors.node.pubkey, one.time.elapsed() + HOUR);
  const whole = await one.give(utf8(`write ${'it well '.repeat(1000)}`));
  const { sha256, size } = await one.give(utf8(FILE));
  const attached = [{ name: 'a.txt', size, sha256, blobs: [sha256] }];
  const budget = { hops: 8, turns: 50, path: ['alice'] };
  const body = { session: S, attempt: 1, task: 'write', whole, attached, budget };
  await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
  await one.reach(S, 'waiting_approval');
  const { diff, transcript } = one.turn(S)!;
  // The task that is shown stands for the one that was asked, and names its files
  const shown = one.approval(S)!.whole!;
  await roomLater(one.home, 0);
  expect(new Set(await kept(one.home))).toEqual(
    new Set([whole.sha256, sha256, ...diff, ...transcript, shown]),
  );
  expect([diff.length, transcript.length]).toEqual([1, 1]);

  const first = one.approval(S)!.id;
  const reason = await one.give(utf8('too wide, '.repeat(100)));
  // The place is taken, so the next turn does not begin yet
  void one.runner.turns.run('other', (signal) => one.time.clock.sleep(HOUR, signal));
  await one.decide(S, 'user', 'changes_wanted', { reason: 'too wide', whole: reason });
  await one.reach(S, 'active');
  const [wanted] = one.home.tables.list('wanted_turns', { session: S });
  await roomLater(one.home, 0);
  expect(await kept(one.home)).toEqual(expect.arrayContaining([...diff, reason.sha256, wanted!.task]));
  one.runner.turns.stop('other');
  const next = () => one.said('approval.request').find((asked) => asked.body.approval !== first);
  await one.time.until('the next question', next, 30_000);
  await one.decide(S, 'user', 'rejected', {}, next()!.body.approval);
  await one.reach(S, 'failed');
  await roomLater(one.home, 0);
  expect(await kept(one.home)).toEqual([]);
});

test('of an approval of somebody else’s session nothing goes while it waits', async () => {
  const { home, hear, askApproval } = await startSingleUser();
  const asked = await askApproval({ task: 'mend it, '.repeat(100) });
  await roomLater(home, 0);
  const { diff, whole } = home.tables.get('approvals', APPROVAL)!;
  expect((await kept(home)).sort()).toEqual([...diff, whole!].sort());
  const { approval, session, subjectDigest } = asked;
  const body = { approval, session, subjectDigest, state: 'withdrawn' as const };
  await hear({ type: 'approval.closed', from: 'node', to: 'user', re: asked.event.id, body });
  await roomLater(home, 0);
  expect(await kept(home)).toEqual([]);
});

test('what a person is asked to review stays while nobody gave a verdict, and no longer', async () => {
  const kit = await introduced();
  const { alice: home } = kit.homes;
  const digest = await home.blobs.put(utf8('the change'));
  const asked = reviewRequest(kit, 1, { said: { diff: [digest] } });
  const { id } = await kit.send(asked as never);
  await roomLater(home, 0);
  expect(await kept(home)).toEqual([digest]);
  await kit.send({ ...reviewClosed(kit, id, 1) } as never);
  await roomLater(home, 0);
  expect(await kept(home)).toEqual([]);
});
