/** What a killed runner left of a turn lies there as long as its session may go on, and what is to be kept for good. */
import { expect, test } from 'vitest';
import { type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { KEPT_WORK } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { millisOfId } from '../../core/encoding/id.ts';
import { clearLeftTurns } from './left-turns.ts';

const S = uuidOf(0xe1);
const left = ({ machine, runner }: SingleRunner, name: string) => {
  const path = `/r1/turns/${name}`;
  machine.files.set(`${path}/workspace/a.txt`, utf8('left'));
  runner.leftTurns.add(path);
  return {
    isThere: () => machine.files.has(`${path}/workspace/a.txt`),
    isLooked: () => runner.leftTurns.has(path),
  };
};
const waiting = async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  return one;
};

test('of a session that goes on it stays until that is over', async () => {
  const one = await waiting();
  const place = left(one, `${S}-1`);
  await one.time.pass(5000);
  expect([place.isThere(), place.isLooked()]).toEqual([true, true]);
  await one.decide(S, 'user');
  await one.time.until('that it is gone', () => !place.isThere(), 10_000);
  expect(place.isLooked()).toBe(false);
});

test('of a session that is over it stays while its turn is still ending', async () => {
  const one = await waiting();
  const ending = Promise.withResolvers<void>();
  void one.runner.turns.run(S, () => ending.promise);
  one.home.tables.put('sessions', { ...one.session(S)!, open: 0 });
  const place = left(one, `${S}-1`);
  await one.time.pass(5000);
  expect([place.isThere(), place.isLooked()]).toEqual([true, true]);
  ending.resolve();
  await one.time.until('that it is gone', () => !place.isThere(), 10_000);
});

test('of another attempt it goes at once, and what still writes there is ended first', async () => {
  const one = await waiting();
  const recovered: string[] = [];
  const exec = one.runner.engines.exec!;
  one.runner.engines = {
    ...one.runner.engines,
    exec: { ...exec, recover: async (at) => void recovered.push(at) },
  };
  const place = left(one, `${S}-2`);
  await one.time.until('that it is gone', () => !place.isThere(), 10_000);
  expect(recovered).toEqual([`/r1/turns/${S}-2/scratch`]);
});

test('of a turn that failed it stays for two weeks: its files could not be committed, and the log says where they are', async () => {
  const one = await startReadyRunner({
    script: ({ write }) => {
      write('a\\b', 'not to be committed');
    },
  });
  await one.request(S);
  await one.reach(S, 'failed');
  const place = left(one, `${S}-1`);
  const ended = millisOfId(one.turn(S)!.approval);
  const { now } = one.home.clock;
  const lookAt = (ms: number) => {
    const clock = { ...one.home.clock, now: () => ms };
    return one.time.finish('a look', clearLeftTurns({ ...one.runner, home: { ...one.home, clock } }));
  };
  expect(Math.abs(now() - ended)).toBeLessThan(60_000);
  await lookAt(ended + KEPT_WORK.seconds * 1000 - 2_000);
  expect([place.isThere(), place.isLooked()]).toEqual([true, true]);
  await lookAt(ended + KEPT_WORK.seconds * 1000 + 2_000);
  expect([place.isThere(), place.isLooked()]).toEqual([false, false]);
  expect(one.logged.at(-1)).toBe(
    `the files of a turn that could not be committed are not kept any more in /r1/turns/${S}-1`,
  );
});

test.each([`${uuidOf(0xe9)}-1`, 'notes'])('what is no turn of a session here stays: %s', async (name) => {
  const one = await waiting();
  const place = left(one, name);
  await one.time.until('a look at it', () => !place.isLooked(), 10_000);
  expect(place.isThere()).toBe(true);
});

test('what cannot be removed is told, and stops nothing', async () => {
  const one = await waiting();
  one.runner.removeDirectory = async () => {
    throw new Error('busy');
  };
  const place = left(one, `${S}-2`);
  await one.time.until('a look at it', () => !place.isLooked(), 10_000);
  expect(one.logged).toContain(`cannot remove /r1/turns/${S}-2: busy`);
});
