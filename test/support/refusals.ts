/** What homes make of an attack: the reasons they count, and that nothing else about them changed. */
import { expect } from 'vitest';
import { npub } from '../../src/core/id.ts';
import { json } from './cli.ts';
import { plainGit } from './git-fixtures.ts';
import type { Intruder } from './intruder.ts';
import { type Raised, stateOf, until } from './raise.ts';

export type Home = 'host' | 'runner' | 'alice';
export type Siege = {
  fed: Raised;
  intruder: Intruder;
  /** Name of a known key. */
  names: ReadonlyMap<string, string>;
  /** The key by which each home is reached. */
  at: Record<Home, string>;
};

const state = async ({ fed }: Siege) => ({
  host: stateOf(await fed.tables('host')),
  runner: stateOf(await fed.tables('runner')),
  alice: stateOf(await fed.tables('alice')),
  remote: plainGit(fed.fixture.remote, 'for-each-ref'),
});

/** Counts by reason and the name of the signer, `-` where none was proven; the Host is asked as an operator would. */
const countsOf = async ({ fed, names }: Siege, home: Home): Promise<Map<string, number>> => {
  if (home !== 'host') {
    const rows = (await fed.tables(home)).list('rejects');
    return new Map(
      rows.map((row) => {
        const signer = row.signer === '' ? '-' : (names.get(row.signer) ?? 'somebody');
        return [`${row.reason} ${signer}`, row.count];
      }),
    );
  }
  type Item = { reason: string; signer: string | null; count: number };
  const { items } = await json<{ items: Item[] }>(fed.homes.host!, ['host', 'rejects']);
  const byNpub = new Map([...names].map(([pubkey, name]) => [npub(pubkey), name]));
  return new Map(
    items.map(({ reason, signer, count }) => [
      `${reason} ${signer === null ? '-' : (byNpub.get(signer) ?? 'somebody')}`,
      count,
    ]),
  );
};

const MARK = 'seal_shape -';
/** Waits until the home has judged what was sent to it so far. */
const settled = async (siege: Siege, home: Home): Promise<void> => {
  const before = (await countsOf(siege, home)).get(MARK) ?? 0;
  expect(await siege.intruder.mark(siege.at[home])).toBe('stored');
  await until('the mark', async () => ((await countsOf(siege, home)).get(MARK) ?? 0) > before);
};

/** What the home counted because of the attack; the state of every home and the remote must be as before. */
export const refusals = async (
  siege: Siege,
  home: Home,
  attack: () => Promise<unknown>,
): Promise<string[]> => {
  const [before, counted] = [await state(siege), await countsOf(siege, home)];
  await attack();
  await settled(siege, home);
  const after = await countsOf(siege, home);
  expect(await state(siege)).toEqual(before);
  return [...after]
    .filter(([what, count]) => what !== MARK && count > (counted.get(what) ?? 0))
    .map(([what]) => what);
};
