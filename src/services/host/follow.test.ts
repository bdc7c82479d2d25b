/** What an operator follows: each event once, over whatever breaks, until it is called off or cannot be mended. */
import { expect, test } from 'vitest';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { auditEntryOf } from '../../../test/support/host-screens.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { EntangleError } from '../../core/errors.ts';
import type { HostStream } from '../../core/host-api/client.ts';
import type { TraceEntry } from '../../core/host-api/shapes.ts';
import { followAudit, followOn, followTrace } from './follow.ts';

const gone = new EntangleError('unavailable', 'the stream of the Host broke off');
type Step = number | null | Error;

/** A Host that has the numbers up to where it breaks, each time it is asked; it says `null` when it is reached. */
const hostOf = (...tries: readonly (readonly Step[])[]) => {
  const time = virtualClock();
  const asked: (string | null)[] = [];
  const stop = new AbortController();
  const lost: string[] = [];
  async function* open(cursor: string | null) {
    asked.push(cursor);
    for (const step of tries[asked.length - 1] ?? []) {
      if (step instanceof Error) throw step;
      yield step === null ? null : { cursor: `${step}`, value: step };
    }
    await time.clock.sleep(1e9, stop.signal);
  }
  const got: number[] = [];
  const options = { signal: stop.signal, lost: ({ message }: EntangleError) => void lost.push(message) };
  const reading = (async () => {
    try {
      for await (const value of followOn(time.clock, open, options)) got.push(value);
      return 'the end';
    } catch (error) {
      return error;
    }
  })();
  const end = () => time.finish('the end', reading, 60_000);
  return { time, asked, got, lost, stop, end };
};

test('goes on behind the last event when it breaks, and tells once that the Host is gone', async () => {
  const one = hostOf([null, 1, 2, gone], [gone], [gone], [null, 3, gone], [null]);
  await one.time.pass(60_000);
  expect([one.got, one.asked, one.lost.length]).toEqual([[1, 2, 3], [null, '2', '2', '2', '3'], 2]);
  one.stop.abort();
  expect(await one.end()).toBe('the end');
});

test('goes on also where nothing had come before it broke', async () => {
  const one = hostOf([null, gone], [null, 1]);
  await one.time.pass(1_000);
  expect([one.got, one.asked]).toEqual([[1], [null, null]]);
});

test('a Host that is not there is told at once', async () => {
  expect(await hostOf([gone]).end()).toBe(gone);
});

test('what does not pass ends it: a revoked operator waits for nothing', async () => {
  const revoked = new EntangleError('not_authorized', 'no valid operator token any more');
  const one = hostOf([null, 1, revoked]);
  expect(await one.end()).toBe(revoked);
  expect(one.lost).toEqual([]);
  const bug = hostOf([null, gone], [new TypeError('ours')]);
  expect(await bug.end()).toMatchObject({ message: 'ours' });
});

test('waits longer each time while the Host is gone', async () => {
  const one = hostOf([null, gone], ...Array.from({ length: 40 }, () => [gone]));
  await one.time.pass(60_000);
  // 0.25, 0.5, 1, 2, and then every 5 seconds
  expect(one.asked.length).toBe(1 + 4 + Math.floor((60_000 - 3_750) / 5_000));
});

test('called off while it waits, it ends', async () => {
  const one = hostOf([null, gone]);
  await one.time.pass(10);
  one.stop.abort();
  expect([await one.end(), one.asked.length]).toEqual(['the end', 1]);
});

const SESSION = uuidOf(1);
const entry = (cursor: number, state: string, what: TraceEntry['what'] = 'session') => ({
  cursor: `${cursor}`,
  data: {
    ...{
      cursor: `${cursor}`,
      at: '2026-11-27T12:03:07.000Z',
      what,
      session: SESSION,
      node: 'builder',
      state,
    },
    ...{ detail: {}, signer: { name: 'r1', role: 'runner', npub: 'npub1x' }, event: 'ab'.repeat(32) },
    ...{ controller: null, evidence: [] },
  },
});
const traced = async (session?: string) => {
  const time = virtualClock();
  const signals: AbortSignal[] = [];
  const stream: HostStream = async function* ({ signal, path }) {
    signals.push(signal);
    expect(path).toBe(`/v1/trace/events${session === undefined ? '' : `?session=${session}`}`);
    yield null;
    yield entry(1, 'failed', 'turn');
    yield entry(2, 'completed');
    // What a relay held back a little
    await time.clock.sleep(500, signal);
    yield entry(3, 'published', 'artifact');
    await time.clock.sleep(5_000, signal);
    if (!signal.aborted) yield entry(4, 'much later', 'artifact');
    await time.clock.sleep(1e9, signal);
  };
  const stop = new AbortController();
  const told: string[] = [];
  const following = followTrace(
    time.clock,
    stream,
    session === undefined ? {} : { session },
    { signal: stop.signal, lost: () => {} },
    ({ state }) => void told.push(state),
  ).then(() => 'the end');
  return { time, told, stop, following };
};

test('of one session it ends when that is over, after a moment for what comes late', async () => {
  const { time, told, following } = await traced(SESSION);
  expect(await time.finish('the end', following, 3_000)).toBe('the end');
  expect(told).toEqual(['failed', 'completed', 'published']);
});

test('of all it goes on', async () => {
  const { time, told, stop, following } = await traced();
  await time.pass(60_000);
  expect(told.at(-1)).toBe('much later');
  stop.abort();
  expect(await time.finish('the end', following)).toBe('the end');
});

test('opened again, it asks for the session that it was, whatever else its short id means by then', async () => {
  const time = virtualClock();
  const paths: string[] = [];
  const stop = new AbortController();
  const stream: HostStream = async function* ({ path, signal }) {
    paths.push(path);
    yield entry(1, 'active');
    if (paths.length === 1) throw gone;
    await time.clock.sleep(1e9, signal);
  };
  const options = { signal: stop.signal, lost: () => {} };
  const following = followTrace(time.clock, stream, { session: SESSION.slice(-8) }, options, () => {});
  await time.pass(1_000);
  stop.abort();
  await time.finish('the end', following);
  expect(paths).toEqual([SESSION.slice(-8), SESSION].map((id) => `/v1/trace/events?session=${id}`));
});

test('the record of operators is told from where it was read, each once, over a Host that was gone', async () => {
  const time = virtualClock();
  const asked: (string | null)[] = [];
  const stop = new AbortController();
  const stream: HostStream = async function* ({ path, cursor, signal }) {
    expect(path).toBe('/v1/audit/events');
    asked.push(cursor);
    yield null;
    const n = asked.length === 1 ? 8 : 9;
    yield { cursor: `${n}`, data: auditEntryOf(['alice', 'r1', '/v1/x'], n) };
    if (asked.length === 1) throw gone;
    await time.clock.sleep(1e9, signal);
  };
  const told: string[] = [];
  const options = { signal: stop.signal, lost: () => {} };
  const following = followAudit(time.clock, stream, '7', options, ({ cursor }) => void told.push(cursor));
  await time.pass(1_000);
  stop.abort();
  await time.finish('the end', following);
  expect([told, asked]).toEqual([
    ['8', '9'],
    ['7', '8'],
  ]);
});
