/** The order of the calls that make a ledger durable: what is not synced in time is lost only where the power fails. */
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DiskCalls, watchDisk } from '../../../test/support/disk-calls.ts';
import { entry, sha256 } from '../../../test/support/ledger-events.ts';
import { GENESIS, type Head, type Line, nextLine, writeLine } from '../../core/ledger/line.ts';
import { type OpenLedgerOptions, openLedger } from './ledger.ts';
import { readLedger } from './read.ts';

let directory: string;
let path: string;
let disk: DiskCalls | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-ledger-'));
  path = join(directory, '000001.ndjson');
});
afterEach(async () => {
  disk?.restore();
  disk = undefined;
  await rm(directory, { recursive: true, force: true });
});

const openHere = (options: Partial<OpenLedgerOptions> = {}) =>
  openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    follow: () => {},
    clock: { now: () => 1_790_000_000_000 },
    sha256,
    ...options,
  });
const filled = async (...names: string[]): Promise<void> => {
  const ledger = await openHere();
  for (const name of names) await ledger.append(() => [entry(name)]);
  await ledger.close();
};
const watch = async (): Promise<string[]> => {
  disk = await watchDisk(directory);
  return disk.calls;
};

describe('T95: what is said to be durable is on the disk', () => {
  test('a line is written and synced before it is acknowledged', async () => {
    await filled('a');
    const ledger = await openHere();
    const calls = await watch();
    await ledger.append(() => [entry('b')]);
    calls.push('acknowledged');
    expect(calls).toEqual(['write 000001.ndjson', 'datasync 000001.ndjson', 'acknowledged']);
    await ledger.close();
  });

  test('the name of a new segment is synced before its first line is written', async () => {
    const calls = await watch();
    const ledger = await openHere();
    await ledger.append(() => [entry('a')]);
    calls.push('acknowledged');
    expect(calls).toEqual([
      'sync . (000001.ndjson)',
      'write 000001.ndjson',
      'datasync 000001.ndjson',
      'acknowledged',
    ]);
    await ledger.close();
  });

  test('the segment before a new one is synced before the new one has a name', async () => {
    await filled('a');
    const ledger = await openHere({ segmentBytes: 10 });
    const calls = await watch();
    await ledger.append(() => [entry('b')]);
    calls.push('acknowledged');
    expect(calls).toEqual([
      'datasync 000001.ndjson',
      'sync . (000001.ndjson 000002.ndjson)',
      'write 000002.ndjson',
      'datasync 000002.ndjson',
      'acknowledged',
    ]);
    await ledger.close();
  });

  test('opening after a crash syncs what the process before may not have', async () => {
    await filled('a', 'b');
    const calls = await watch();
    const ledger = await openHere();
    calls.push('open');
    expect(calls).toEqual(['datasync 000001.ndjson', 'sync . (000001.ndjson)', 'open']);
    await ledger.close();
  });

  test('a torn end is cut, and the cut is synced, before anybody is told of it', async () => {
    await filled('a');
    await appendFile(path, '{"n":2');
    const calls = await watch();
    const ledger = await openHere({ onCut: () => calls.push('told') });
    calls.push('open');
    expect(calls).toEqual([
      'truncate 000001.ndjson',
      'sync 000001.ndjson',
      'told',
      'datasync 000001.ndjson',
      'sync . (000001.ndjson)',
      'open',
    ]);
    await ledger.close();
  });

  test('a sharing process syncs what another wrote before it goes on from there', async () => {
    const ledger = await openHere({ mode: 'shared' });
    const other = await openHere({ mode: 'shared' });
    await other.append(() => [entry('a')]);
    const calls = await watch();
    await ledger.append(() => [entry('b')]);
    expect(calls.filter((call) => call.includes('.ndjson'))).toEqual([
      'datasync 000001.ndjson',
      expect.stringMatching(/^sync \. \(/),
      'write 000001.ndjson',
      'datasync 000001.ndjson',
    ]);
    await Promise.all([ledger.close(), other.close()]);
  });
});

describe('T95: a read model that failed stops its ledger', () => {
  const fails = (at: number) => (line: Line) => {
    if (line.n === at) throw new Error('reducer bug');
  };

  test('at a line of its own: told once, nothing written, nothing more taken', async () => {
    const fatal: string[] = [];
    const ledger = await openHere({ follow: fails(1), onFatal: (error) => fatal.push(error.message) });
    const pending = ledger.append(() => [entry('a')]);
    expect(fatal).toEqual(['reducer bug']);
    await expect(ledger.append(() => [entry('b')])).rejects.toThrowError('reducer bug');
    await expect(pending).rejects.toThrowError('reducer bug');
    await ledger.close();
    expect(fatal).toEqual(['reducer bug']);
    await expect(readFile(path, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('at a line that another process wrote', async () => {
    const fatal: string[] = [];
    const options = { follow: fails(1), onFatal: (error: Error) => fatal.push(error.message) };
    const ledger = await openHere({ mode: 'shared', ...options });
    const other = await openHere({ mode: 'shared' });
    await other.append(() => [entry('a')]);
    await expect(ledger.append(() => [entry('b')])).rejects.toThrowError('reducer bug');
    expect(fatal).toEqual(['reducer bug']);
    await expect(ledger.append(() => [entry('c')])).rejects.toThrowError('reducer bug');
    await Promise.all([ledger.close(), other.close()]);
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('T102: a number left out, in a chain that fits', () => {
  /** Lines whose chain is right and whose numbers are these. */
  const written = (...numbers: number[]): string => {
    let head: Head = GENESIS;
    return numbers
      .map((n) => {
        const line = nextLine(sha256, { ...head, n: n - 1 }, '2026-11-23T10:00:00.000Z', entry(`e${n}`));
        head = line;
        return `${writeLine(line)}\n`;
      })
      .join('');
  };
  const read = async (): Promise<number[]> => {
    const numbers: number[] = [];
    for await (const line of readLedger(directory, 1)) numbers.push(line.n);
    return numbers;
  };

  test('whole numbers are read', async () => {
    await writeFile(path, written(1, 2, 3), { mode: 0o600 });
    expect(await read()).toEqual([1, 2, 3]);
    await (await openHere()).close();
  });

  test.each([
    ['left out', [1, 2, 4]],
    ['said twice', [1, 2, 2]],
    ['at the beginning', [2, 3]],
  ])('%s: refused by who reads beside, and by who opens', async (_what, numbers) => {
    await writeFile(path, written(...numbers), { mode: 0o600 });
    await expect(read()).rejects.toThrowError(/damaged at byte \d+: number \d+ where \d+ follows/);
    await expect(openHere()).rejects.toThrowError(/damaged at byte \d+: .*its number is \d+ where/);
  });

  test('put there while the ledger is in use: refused by who reads it again', async () => {
    await writeFile(path, written(1, 2, 3), { mode: 0o600 });
    const ledger = await openHere();
    const [before, after] = [written(1, 2, 3), written(1, 2, 4)];
    expect(after).toHaveLength(before.length);
    await truncate(path, 0);
    await writeFile(path, after);
    const all = async () => {
      for await (const _ of ledger.read(1));
    };
    await expect(all()).rejects.toThrowError(/it changed while in use/);
    await ledger.close();
  });
});
