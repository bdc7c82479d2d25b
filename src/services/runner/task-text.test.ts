/** A task of which the message has the beginning: its text is late, lost, damaged here, or another one. */
import { describe, expect, test } from 'vitest';
import { type SingleRunner, startFreeRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const HOUR = 3_600_000;
const HEAD = 'write…';
const TEXT = `${HEAD}${'x'.repeat(9_000)}`;
const LATE = `session ${S} waits for the rest of its task from alice`;
const DAMAGED = '/r1/blobs/ab does not hold what its name says';

const forever = () => new Promise(() => {});
const ask = async (one: SingleRunner, text = TEXT) => {
  const whole = { sha256: toHex(one.suite.sha256(utf8(text))), size: utf8(text).length };
  const budget = { hops: 1, turns: 1, path: ['alice'] };
  const body = { session: S, attempt: 1, task: HEAD, whole, budget };
  await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
};
const cancel = (one: SingleRunner, session: string) =>
  one.hear({
    type: 'task.cancel',
    from: 'user',
    to: 'node',
    body: { session, reason: 'no more' },
  });
const ended = async (one: SingleRunner) => {
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { state, reason } = one.session(S)!;
  return { state, reason };
};
/** As if it had come so long before. */
const age = async (one: SingleRunner, ms: number) => {
  const [row] = one.home.tables.list('messages', { type: 'task.request', session: S, dir: 'in' });
  one.home.tables.put('messages', { ...row!, kept: row!.kept - ms });
  await one.time.pass(5_000);
};
/** As a home has it whose file rotted; gives it back. */
const damage = ({ home }: SingleRunner) => {
  const { get } = home.blobs;
  home.blobs.get = async () => {
    throw new EntangleError('invalid', DAMAGED, { hint: 'restore the file from a backup' });
  };
  return () => {
    home.blobs.get = get;
  };
};
const leased = ({ home, actors, time }: SingleRunner) =>
  home.leases.grant(actors.node.pubkey, time.elapsed() + HOUR);
/** Accepted with all of its text, behind a task that has the only place; `open` gives it that. */
const queued = async () => {
  const one = await startFreeRunner({
    capacity: 1,
    script: ({ task, write }) => (task === 'first' ? forever() : write('done.txt', 'done')),
  });
  leased(one);
  await one.request(T, 'user', 'first');
  await one.time.until('the first', () => one.runs[0], 5_000);
  await one.give(utf8(TEXT));
  await ask(one);
  await one.reach(S, 'accepted');
  const open = async () => {
    await cancel(one, T);
    await one.reach(S, 'active');
  };
  return { one, open };
};

test('a task that is not the text that its message names ends at once, and begins nothing', async () => {
  const one = await startFreeRunner();
  await one.give(utf8('another task'));
  await ask(one, 'another task');
  expect(await ended(one)).toEqual({ state: 'failed', reason: 'wrong_text' });
  expect(one.runs).toEqual([]);
});

test('a task is read once to accept it, and once to begin its turn', async () => {
  const one = await startFreeRunner();
  await one.give(utf8(TEXT));
  const { get } = one.home.blobs;
  let reads = 0;
  one.home.blobs.get = (sha256) => {
    reads++;
    return get(sha256);
  };
  await ask(one);
  await one.time.until('its turn', () => one.runs[0], 5_000);
  expect([reads, one.runs[0]!.task]).toEqual([2, TEXT]);
});

describe('a task of which the rest does not come', () => {
  const END = 'the rest of the task did not come within 24 hours';

  test('is told in the log after a minute, once, and ends after a day, with the reason', async () => {
    const one = await startFreeRunner();
    await ask(one);
    await one.time.pass(30_000);
    expect([one.said('blob.get').length, one.logged]).toEqual([1, []]);
    await age(one, HOUR);
    await age(one, 22 * HOUR);
    expect(one.logged).toEqual([LATE]);
    expect(one.session(S)).toMatchObject({ state: 'requested', open: 1 });
    await age(one, HOUR);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'text_lost' });
    expect(one.said('task.result')[0]!.body.summary).toBe(
      `${END}; ask again, and keep a command such as \`entangle user wait\` running until it is accepted`,
    );
    expect(one.logged).toEqual([LATE, `session ${S}: ${END}`]);
    expect(one.runs).toEqual([]);
  });

  test('and then does begins its turn', async () => {
    const one = await startFreeRunner();
    await ask(one);
    await age(one, HOUR);
    await one.give(utf8(TEXT));
    await one.time.until('its turn', () => one.runs[0], 5_000);
    expect(one.logged).toEqual([LATE]);
  });

  test('and that is cancelled is not remembered as late', async () => {
    const one = await startFreeRunner();
    await ask(one);
    await age(one, HOUR);
    expect([...one.runner.late.keys()]).toEqual([S]);
    await cancel(one, S);
    expect(await ended(one)).toMatchObject({ state: 'cancelled' });
    await one.time.pass(2_000);
    expect([...one.runner.late]).toEqual([]);
  });
});

describe('a task whose text is lost here after it was accepted', () => {
  const lost = async () => {
    const { one, open } = await queued();
    one.loseBlobs();
    await open();
    return one;
  };

  test('does not stay active for ever', async () => {
    const one = await lost();
    await age(one, 25 * HOUR);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'text_lost' });
    expect(one.runs).toHaveLength(1);
  });

  test('is waited for without a place and without trouble: the log says it once, a remote has its time', async () => {
    const one = await lost();
    await one.time.pass(20 * 60_000);
    expect([one.logged, one.runner.retries.troubledFor(S), one.runner.turns.size]).toEqual([[LATE], 0, 0]);
    one.remote.reachable = false;
    await one.give(utf8(TEXT));
    await one.time.until('a failure', () => one.logged[1], 5_000);
    expect([one.session(S)!.state, one.turn(S)]).toEqual(['active', undefined]);
    one.remote.reachable = true;
    expect(await ended(one)).toEqual({ state: 'completed', reason: null });
  });

  test('is approved by its beginning, which is all that is left', async () => {
    const one = await startReadyRunner({
      script: async ({ write }) => {
        one.loseBlobs();
        await age(one, 25 * HOUR);
        await write('done.txt', 'done');
      },
    });
    await one.give(utf8(TEXT));
    await ask(one);
    await one.time.until('the question', () => one.said('approval.request')[0], 30_000);
    const [asked] = one.said('approval.request');
    expect(asked!.body).toMatchObject({ task: HEAD, files: 1 });
    expect(asked!.body.whole).toBeUndefined();
  });
});

describe('a text that is damaged here is no fault of who asked: it is tried again, and this log alone names the file', () => {
  const told = `session ${S}: ${DAMAGED}`;

  test('before its task is accepted', async () => {
    const one = await startFreeRunner();
    await one.give(utf8(TEXT));
    const mend = damage(one);
    await ask(one);
    await one.time.until('a failure', () => one.logged[0], 5_000);
    expect([one.logged[0], one.session(S)!.state]).toEqual([told, 'requested']);
    mend();
    expect(await ended(one)).toEqual({ state: 'completed', reason: null });
    expect(one.said('task.result').filter(({ event }) => event.content.includes('/r1/blobs'))).toEqual([]);
  });

  test('before its turn', async () => {
    const { one, open } = await queued();
    const mend = damage(one);
    await open();
    await one.time.until('a failure', () => one.logged[0], 5_000);
    expect([one.logged[0], one.session(S)!.state]).toEqual([told, 'active']);
    mend();
    expect(await ended(one)).toEqual({ state: 'completed', reason: null });
    expect(one.runs).toMatchObject([{ task: 'first' }, { task: TEXT }]);
  });

  test('before its approval, which shows all of it', async () => {
    let mend = () => {};
    const one = await startReadyRunner({
      script: ({ write }) => {
        write('done.txt', 'done');
        mend = damage(one);
      },
    });
    await one.give(utf8(TEXT));
    await ask(one);
    await one.time.until('a failure', () => one.logged[0], 5_000);
    expect([one.logged[0], one.said('approval.request')]).toEqual([told, []]);
    mend();
    await one.reach(S, 'waiting_approval');
    expect(one.said('approval.request')[0]!.body.whole).toMatchObject({ size: TEXT.length + 2 });
  });
});

describe('the files of a task', () => {
  const file = (one: SingleRunner, name: string, text: string) => {
    const sha256 = toHex(one.suite.sha256(utf8(text)));
    return { name, size: utf8(text).length, sha256, blobs: [sha256] };
  };
  const asked = async (names: readonly [string, string][], change = {}) => {
    const seen: (readonly { name: string; bytes: Uint8Array }[])[] = [];
    const one = await startFreeRunner({ script: ({ attached }) => void seen.push(attached) });
    leased(one);
    const attached = names.map(([name, text]) => ({ ...file(one, name, text), ...change }));
    const budget = { hops: 1, turns: 1, path: ['alice'] };
    const body = { session: S, attempt: 1, task: 'read', attached, budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
    return { one, seen, attached };
  };

  /** What who asked for the task answers. */
  const given = async (one: SingleRunner, text: string) => {
    const sha256 = toHex(one.suite.sha256(utf8(text)));
    await one.time.until('the question', () =>
      one.said('blob.get').find(({ body }) => body.sha256 === sha256),
    );
    const get = one.said('blob.get').find(({ body }) => body.sha256 === sha256)!;
    const body = { sha256, n: 0, of: 1, data: Buffer.from(text).toString('base64') };
    await one.hear({ type: 'blob.part', from: 'user', to: 'node', re: get.event.id, body });
  };

  test('are asked for, waited for, and given to its engine', async () => {
    const { one, seen, attached } = await asked([
      ['a.txt', 'first'],
      ['b.txt', 'second'],
    ]);
    await one.time.pass(5_000);
    expect([one.session(S)!.state, one.runs]).toEqual(['requested', []]);
    expect(one.said('blob.get').map(({ body }) => body.sha256)).toEqual(attached.map((at) => at.sha256));
    // Of another's file here the digest alone gives nothing
    for (const text of ['first', 'second']) await one.home.blobs.put(utf8(text));
    await one.time.pass(5_000);
    expect(one.runs).toEqual([]);
    await given(one, 'first');
    await one.time.pass(5_000);
    expect(one.runs).toEqual([]);
    await given(one, 'second');
    await one.reach(S, 'completed');
    expect(seen).toEqual([
      [
        { name: 'a.txt', bytes: utf8('first') },
        { name: 'b.txt', bytes: utf8('second') },
      ],
    ]);
  });

  test('are late and lost as its text is', async () => {
    const { one } = await asked([['a.txt', 'first']]);
    await age(one, 61_000);
    expect(one.logged).toEqual([`session ${S} waits for the rest of its attached files from alice`]);
    await age(one, 24 * HOUR);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'text_lost' });
  });

  test('that are not what the request says end it', async () => {
    const { one } = await asked([['a.txt', 'first']], { sha256: 'ab'.repeat(32) });
    await given(one, 'first');
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'wrong_text' });
    expect(one.runs).toEqual([]);
  });
});
