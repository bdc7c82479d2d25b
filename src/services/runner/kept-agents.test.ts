/** What an agent keeps for the next turn of its session is that session's, and goes with it. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_KEPT_AGENT } from '../../core/bounds.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { forgetAgents } from './kept-agents.ts';

const S = uuidOf(0xe5);
type Before = EngineTurn['before'];
const starting = async () => {
  const seen: Before[] = [];
  const script = ({ before, keep, write, task }: EngineTurn) => {
    seen.push(before);
    write('done.txt', task);
    keep(`turn ${seen.length}`);
  };
  const one = await startReadyRunner({ script });
  await one.request(S, 'user', 'first');
  await one.reach(S, 'waiting_approval');
  return { one, seen };
};
const placesOf = ({ machine }: SingleRunner) =>
  [...machine.files.keys()].filter((path) => path.includes('agent-'));
const wantChanges = async (one: SingleRunner, turns: number) => {
  await one.decide(S, 'user', 'changes_wanted', { reason: 'second' });
  await one.time.until('the next turn', () => one.runs.length === turns && one.runs.at(-1)?.ended, 30_000);
  await one.reach(S, 'waiting_approval');
};

test('the next turn finds what the one before kept, and is told which words are new', async () => {
  const { one, seen } = await starting();
  await wantChanges(one, 2);
  const first = { kept: 'turn 1', words: '# changes wanted by alice\n\nsecond' };
  expect(seen).toEqual([null, first]);
  await wantChanges(one, 3);
  // Of the second turn, which had the words of the first round
  expect(seen[2]).toEqual({ ...first, kept: 'turn 2' });
  expect(placesOf(one)).toEqual([`/r1/turns/agent-${S}-1-3/agent`]);
  expect(new Set(one.runs.map(({ workspace }) => workspace)).size).toBe(1);
});

describe('is gone', () => {
  test('with the end of the session', async () => {
    const { one } = await starting();
    expect(placesOf(one)).toHaveLength(1);
    await one.decide(S, 'user');
    await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
    await one.time.until('nothing kept', () => placesOf(one).length === 0, 30_000);
    expect(one.runner.keptAgents.size).toBe(0);
  });
  test('with its node, which runs here no more', async () => {
    const { one } = await starting();
    await one.hear({
      type: 'assignment.revoke',
      from: 'host',
      to: 'runner',
      body: { assignment: uuidOf(0xd1), fence: 1, reason: 'moved' },
    });
    await one.time.until('nothing kept', () => placesOf(one).length === 0, 30_000);
  });
  test('with its attempt, beyond the bound, and where it names none of ours; the newest are left', async () => {
    const { one } = await starting();
    const session = one.session(S)!;
    const place = (id: string, attempt: number) => `/r1/turns/agent-${id}-${attempt}-1`;
    const ids = Array.from({ length: MAX_KEPT_AGENT.places }, (_, n) => uuidOf(0xf000 + n));
    for (const id of ids) one.home.tables.put('sessions', { ...session, id });
    const strange = [place(S, 2), place(uuidOf(0xaa), 1), '/r1/turns/agent-x'];
    for (const path of [...ids.map((id) => place(id, 1)), ...strange]) {
      one.runner.keptAgents.add(path);
      one.machine.files.set(`${path}/agent`, utf8('kept'));
    }
    await forgetAgents(one.runner);
    expect(placesOf(one).sort()).toEqual(ids.map((id) => `${place(id, 1)}/agent`));
    await one.close();
  });
  test('where it is the oldest, in whichever directory of turns', async () => {
    const { one } = await starting();
    const session = one.session(S)!;
    const ids = Array.from({ length: MAX_KEPT_AGENT.places + 1 }, (_, n) => uuidOf(0xf000 + n));
    for (const id of ids) one.home.tables.put('sessions', { ...session, id });
    // The directory of the oldest sorts last
    const [oldest, ...newer] = ids.map((id, n) => `${n === 0 ? '/tmp' : '/r1'}/turns/agent-${id}-1-1`);
    one.runner.keptAgents.clear();
    for (const path of [...newer, oldest!]) one.runner.keptAgents.add(path);
    await forgetAgents(one.runner);
    expect([...one.runner.keptAgents]).toEqual(newer);
    await one.close();
  });
});
