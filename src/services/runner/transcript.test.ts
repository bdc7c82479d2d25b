/** What a turn printed is kept, and named to whoever launched its session and to who is asked to approve of it, nobody else. */
import { describe, expect, test } from 'vitest';
import type { EngineScript } from '../../../test/sim/scripted-engine.ts';
import {
  type SingleRunner,
  startFreeRunner,
  startReadyRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_BLOB_BYTES } from '../../core/bounds.ts';
import { concat, fromUtf8, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { keepTranscript, transcriptOf } from './transcript.ts';

const S = uuidOf(0xe1);
const done = async (one: SingleRunner) => {
  await one.request(S);
  await one.time.until('the end', () => one.session(S)?.open === 0, 120_000);
  return one;
};
const writes: EngineScript = ({ print, write }) => {
  print('it is ');
  write('done.txt', 'x');
  print('done in /r1/turns/x\n');
};
/** Who may ask for these bytes, by the names of the keys here. */
const readersOf = ({ home, actors }: SingleRunner, sha256: string): string[] => {
  const names = new Map(Object.entries(actors).map(([name, { pubkey }]) => [pubkey, name]));
  return home.tables.list('blob_grants', { sha256 }).map(({ reader }) => names.get(reader) ?? reader);
};

describe('a transcript', () => {
  test('is kept as it was printed, and its result names it to whoever launched the task, and the Host its digest', async () => {
    const one = await done(await startFreeRunner({ script: writes }));
    const { transcript } = one.said('task.result')[0]!.body;
    const text = 'it is done in /r1/turns/x\n';
    const sha256 = toHex(one.home.suite.sha256(utf8(text)));
    expect(transcript).toEqual({ attempt: 1, turn: 1, sha256, size: text.length, blobs: [sha256] });
    expect(fromUtf8((await one.home.blobs.get(sha256))!)).toBe(text);
    expect(readersOf(one, sha256)).toEqual(['user']);
    expect(one.said('turn.observed')[0]!.body.output).toBe(sha256);
  });

  test('that cannot be kept costs nothing of the turn: its digest stays', async () => {
    const one = await startFreeRunner({ script: writes });
    const { put } = one.home.blobs;
    const text = 'it is done in /r1/turns/x\n';
    const sha256 = toHex(one.home.suite.sha256(utf8(text)));
    one.home.blobs.put = (bytes) =>
      fromUtf8(bytes) === text ? Promise.reject(new Error('no space left')) : put(bytes);
    await done(one);
    expect(one.session(S)).toMatchObject({ state: 'completed' });
    expect(one.runs).toHaveLength(1);
    expect(one.said('turn.observed')[0]!.body.output).toBe(sha256);
    expect(one.said('task.result')[0]!.body.transcript).toBeUndefined();
    expect(one.logged.join()).toContain('is not kept: no space left');
  });

  test('is named to each who is asked to approve, with what they are asked', async () => {
    const one = await startReadyRunner({ script: writes });
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    const { output } = one.turn(S)!;
    expect(one.said('approval.request').map(({ body }) => body.transcript?.sha256)).toEqual([
      ...[output, output, output],
    ]);
    expect(one.said('task.update').map(({ body }) => body.transcript?.sha256)).toEqual([undefined, output]);
    expect(readersOf(one, output).sort()).toEqual(['bob', 'stranger', 'user']);
  });

  test.each([
    ['host', 'no_edge'],
    ['peer', 'not_named'],
    ['bob', 'not_named'],
  ] as const)('is not given to %s, whom nobody named it to', async (from, reason) => {
    const one = await done(await startFreeRunner({ script: writes }));
    const { output } = one.turn(S)!;
    const to = from === 'host' ? 'runner' : 'node';
    await one.hear({ type: 'blob.get', from, to, body: { sha256: output } });
    await one.time.pass(5000);
    expect(one.said('blob.part')).toEqual([]);
    const reasons = one.home.tables.list('rejects').map(({ reason }) => reason);
    expect(reasons).toEqual([reason]);
  });

  test('is given to whoever launched the task, when they ask', async () => {
    const one = await done(await startFreeRunner({ script: writes }));
    const { output } = one.turn(S)!;
    await one.hear({ type: 'blob.get', from: 'user', to: 'node', body: { sha256: output } });
    await one.time.until('the bytes', () => one.said('blob.part').length > 0, 5000);
    expect(one.said('blob.part')[0]!.body).toMatchObject({ sha256: output, n: 0, of: 1 });
  });

  test('of nothing is none', async () => {
    const one = await done(await startFreeRunner({ script: () => 0 }));
    expect(one.said('task.result')[0]!.body).not.toHaveProperty('transcript');
  });
});

describe('what is kept', () => {
  test('names no directory of this machine, whatever else its bytes are', async () => {
    const one = await startSingleRunner();
    const runner = { ...one.runner, directory: '/home/me/runner/r1' };
    const odd = Uint8Array.of(0xff, 0x00);
    const { transcript } = await keepTranscript(runner, concat(utf8('in /home/me/x €'), odd), 'a turn');
    expect(await one.home.blobs.get(transcript[0]!)).toEqual(concat(utf8('in …/x €'), odd));
  });

  test('is cut into blobs, and ends where a transcript may be no longer', async () => {
    const one = await startSingleRunner();
    const { printed, transcript } = await keepTranscript(
      one.runner,
      new Uint8Array(MAX_BLOB_BYTES + 1),
      'a turn',
    );
    expect([printed, transcript.length]).toEqual([MAX_BLOB_BYTES + 1, 2]);
    const long = await keepTranscript(one.runner, new Uint8Array(9 * MAX_BLOB_BYTES + 1), 'a turn');
    expect([long.printed, long.transcript.length]).toEqual([9 * MAX_BLOB_BYTES, 9]);
  });

  test('is of the attempt, and of its last turn', async () => {
    const one = await done(await startFreeRunner({ script: writes }));
    const row = one.turn(S)!;
    one.home.tables.put('turns', { ...row, turn: 2, printed: 7 });
    expect(transcriptOf(one.runner, { id: S, attempt: 1 }).transcript).toMatchObject({ turn: 2, size: 7 });
    expect(transcriptOf(one.runner, { id: S, attempt: 2 })).toEqual({});
  });
});
