/** What a ledger promises: files of one process, files that processes share, and memory. */
import { describe, expect, test } from 'vitest';
import { GENESIS, type Line, verifyChain } from '../../src/core/ledger/line.ts';
import { entry, nameOf, sealed, sha256, testEvent } from '../support/ledger-events.ts';
import { collect, type Follow, fileLedger, ledgerInMemory } from './ledger-bench.ts';

const namesOf = (lines: readonly Line[]): string[] => lines.map(({ event }) => nameOf(event));
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.each([
  ['files', fileLedger('exclusive')],
  ['shared files', fileLedger('shared')],
  ['memory', ledgerInMemory],
])('ledger: %s', (_, open) => {
  const opened = async (follow: Follow = () => {}) => {
    const seen: Line[] = [];
    const one = await open((line) => {
      seen.push(line);
      follow(line);
    });
    return { ...one, seen };
  };

  test('lines are numbered, chained, followed and read back from any number on', async () => {
    const { ledger, seen } = await opened();
    expect(ledger.head).toEqual(GENESIS);
    const lines = await ledger.append(() => [entry('a'), sealed('b')]);
    expect(lines.map(({ n }) => n)).toEqual([1, 2]);
    await ledger.append(() => [entry('c')]);
    expect(verifyChain(sha256, seen)).toEqual(ledger.head);
    for (const from of [0, 1, 2, 3, 4, 99])
      expect(await collect(ledger.read(from))).toEqual(seen.slice(Math.max(0, from - 1)));
    await ledger.catchUp();
    expect(namesOf(seen)).toEqual(['a', 'b', 'c']);
    await ledger.close();
  });

  test('what an append resolved with is durable, with all before it', async () => {
    const { ledger, durable } = await opened();
    await Promise.all(
      range(20).map(async (i) => {
        const [line] = await ledger.append(() => [entry(`e${i}`)]);
        expect(namesOf(await durable()).slice(0, line!.n)).toEqual(range(line!.n).map((j) => `e${j}`));
      }),
    );
    await ledger.close();
  });

  test('a build sees every earlier line followed', async () => {
    const { ledger, seen } = await opened();
    const views: string[][] = [];
    const view = (i: number) => () => {
      views.push(namesOf(seen));
      return [entry(`e${i}`)];
    };
    await Promise.all(range(3).map((i) => ledger.append(view(i))));
    expect(views).toEqual([[], ['e0'], ['e0', 'e1']]);
    await ledger.close();
  });

  test('an append from inside a build or a follower waits for the end of that build', async () => {
    const inner: Promise<Line[]>[] = [];
    const { ledger, seen } = await opened(({ n }) => {
      if (n === 1) inner.push(ledger.append(() => [entry('from follower')]));
    });
    await ledger.append(() => {
      inner.push(ledger.append(() => [entry('from build')]));
      return [entry('a'), entry('b')];
    });
    await Promise.all(inner);
    expect(namesOf(seen)).toEqual(['a', 'b', 'from build', 'from follower']);
    expect(verifyChain(sha256, seen)).toEqual(ledger.head);
    await ledger.close();
  });

  test('a build that throws or gives a bad entry rejects alone and leaves no line', async () => {
    const { ledger, seen, durable } = await opened();
    const thrown = () => {
      throw new Error('changed my mind');
    };
    const forged = { ...testEvent('x'), content: 'forged' };
    const results = await Promise.allSettled([
      ledger.append(() => [entry('a')]),
      ledger.append(thrown),
      ledger.append(() => [entry('half'), { dir: 'in', event: forged }]),
      ledger.append(() => [{ dir: 'in', event: testEvent('huge', 'x'.repeat(300_000)) }]),
      ledger.append(() => [entry('b')]),
    ]);
    const [done, not] = ['fulfilled', 'rejected'];
    expect(results.map(({ status }) => status)).toEqual([done, not, not, not, done]);
    expect(namesOf(seen)).toEqual(['a', 'b']);
    await ledger.close();
    expect(await durable()).toEqual(seen);
  });

  test('an empty append resolves after what was appended before it', async () => {
    const { ledger } = await opened();
    const order: string[] = [];
    await Promise.all([
      ledger.append(() => [entry('a')]).then(() => order.push('a')),
      ledger.append(() => []).then((lines) => order.push(`empty ${lines.length}`)),
    ]);
    expect(order).toEqual(['a', 'empty 0']);
    await ledger.close();
  });

  test('an append never falls between two flushes, however soon after an acknowledgement it comes', async () => {
    const { ledger } = await opened();
    for (const depth of range(12)) {
      let acknowledged: Promise<unknown> = Promise.all([ledger.append(() => [entry(`a${depth}`)])]);
      for (const _ of range(depth)) acknowledged = acknowledged.then(() => {});
      await acknowledged;
      expect(await ledger.append(() => [entry(`b${depth}`)])).toHaveLength(1);
    }
    await ledger.close();
  });

  test('a follower that fails stops the ledger: nothing is acknowledged after it', async () => {
    const { ledger, durable } = await opened(({ n }) => {
      if (n === 2) throw new Error('reducer bug');
    });
    await ledger.append(() => [entry('a')]);
    const under = [entry('b'), entry('c')].map((one) => ledger.append(() => [one]));
    for (const each of await Promise.allSettled([...under, ledger.append(() => [])]))
      expect(each).toMatchObject({ status: 'rejected', reason: { message: 'reducer bug' } });
    await expect(ledger.append(() => [entry('d')])).rejects.toThrow('reducer bug');
    await ledger.close();
    expect(namesOf(await durable())).toEqual(['a']);
  });

  test('closing waits for what was appended; after it an append is refused', async () => {
    const { ledger, durable } = await opened();
    const last = ledger.append(() => [entry('a')]);
    await Promise.all([ledger.close(), ledger.close()]);
    expect(await last).toHaveLength(1);
    expect(namesOf(await durable())).toEqual(['a']);
    await expect(ledger.append(() => [])).rejects.toThrow(/closed/);
  });
});
