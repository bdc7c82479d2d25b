/** The read models are ahead of the disk for a moment: who reads what they tell of waits until it is durable. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openLedger } from '../src/adapters/ledger/ledger.ts';
import { readBody, readEvent, readLines } from '../src/services/messaging/read-event.ts';
import { createMemoryHome, seededRandom } from './sim/memory-home.ts';
import { entry, sha256 } from './support/ledger-events.ts';
import { wholeRow } from './support/rows.ts';

const directory = mkdtempSync(join(tmpdir(), 'entangle-durable-'));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const open = async () => {
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };
  const home = createMemoryHome({
    kind: 'user',
    name: 'alice',
    clock,
    random: seededRandom('durable reads'),
  });
  const { tables } = home;
  const ledger = await openLedger({
    directory,
    mode: 'exclusive',
    from: 0,
    clock,
    sha256,
    follow: ({ n, dir, event }) =>
      tables.put(
        'messages',
        wholeRow('messages', { id: event.id, type: 'task.update', dir, sender: event.pubkey, line: n }),
      ),
  });
  return { ...home, ledger };
};

describe('a message that is indexed and not yet durable', () => {
  test('is there for who asks at once', async () => {
    const home = await open();
    await home.ledger.append(() => [entry('before')]);
    const { event } = entry('now');
    const writing = home.ledger.append(() => [{ dir: 'in', event }]);
    expect(home.tables.get('messages', event.id, 'in')).toMatchObject({ line: 2 });
    expect(await readEvent(home, event.id)).toEqual(event);
    expect(await readBody(home, event.id)).toEqual({ text: 'now' });
    await writing;
    expect(await readEvent(home, '00'.repeat(32))).toBeUndefined();
    await home.ledger.close();
  });
});

describe('several lines are read at once', () => {
  test('near ones and far ones, by rising number, and those that are not durable yet', async () => {
    const home = await open();
    const names = Array.from({ length: 400 }, (_, i) => `line ${i + 1}`);
    const entries = [...names, 'line 401', 'line 402'].map((name) => entry(name));
    await home.ledger.append(() => entries.slice(0, 400));
    const wanted = [1, 2, 60, 125, 126, 399, 400, 401, 402];
    const writing = home.ledger.append(() => entries.slice(400));
    const rows = wanted.map((line) => ({ line, id: entries[line - 1]!.event.id }));
    const read = await readLines(home, rows);
    expect(read.map(({ n, event }) => [n, JSON.parse(event.content).text])).toEqual(
      wanted.map((n) => [n, `line ${n}`]),
    );
    expect(await readLines(home, [])).toEqual([]);
    await writing;
    await home.ledger.close();
  });
});
