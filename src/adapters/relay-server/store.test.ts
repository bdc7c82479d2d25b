import { execFileSync } from 'node:child_process';
import {
  appendFile,
  chmod,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { type DiskCalls, watchDisk } from '../../../test/support/disk-calls.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { type Filter, matches, readFilters } from './filter.ts';
import { isAskedFor, RelayStore } from './store.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-store-'));
  path = join(directory, 'events.ndjson');
});
afterEach(() => rm(directory, { recursive: true }));

const NOW = 1_800_000_000;
const hex = (n: number, length = 64) => n.toString(16).padStart(length, '0');
const event = (n: number, over: Partial<SignedEvent> = {}): SignedEvent => ({
  id: hex(n),
  pubkey: hex(n + 1_000),
  created_at: NOW - n,
  kind: 1059,
  tags: [['p', hex(1)]],
  content: `content ${n}`,
  sig: hex(n, 128),
  ...over,
});
const everything = { keys: new Set([hex(1), hex(2), hex(3)]), seesOther: () => true };
const filter = (value: object): Filter => (readFilters([value]) as Filter[])[0]!;
const idsIn = async (store: RelayStore, value: object = {}): Promise<string[]> => {
  const filters = [filter(value)];
  const ids: string[] = [];
  for (const { row, exact } of store.query(filters, everything, NOW)) {
    const text = await store.read(row);
    if (text !== undefined && (exact || isAskedFor(filters, text)))
      ids.push((JSON.parse(text) as SignedEvent).id);
  }
  return ids;
};
const reopened = async <T>(use: (store: RelayStore) => Promise<T>): Promise<T> => {
  const store = await RelayStore.open(directory, NOW);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
};

describe('the log file', () => {
  test('T91: is private, whatever the umask and whoever made it', async () => {
    await writeFile(path, '');
    await chmod(path, 0o644);
    await reopened(async (store) => void (await store.append(event(1))));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('T91: is refused where others can write it, or where it is a link', async () => {
    await writeFile(path, '');
    await chmod(path, 0o622);
    await expect(RelayStore.open(directory, NOW)).rejects.toThrow(/others can write to .*events\.ndjson/);
    await rm(path);
    await symlink(join(directory, 'elsewhere'), path);
    await expect(RelayStore.open(directory, NOW)).rejects.toThrow(/symbolic link/);
  });
});

describe('durability', () => {
  test('events are there after a restart, byte for byte', async () => {
    const events = Array.from({ length: 50 }, (_, n) => event(n, { content: `ä\n"${n}" 𝄞` }));
    await reopened((store) => Promise.all(events.map((each) => store.append(each))));
    const texts = await reopened(async (store) =>
      Promise.all(store.query([filter({})], everything, NOW).map(({ row }) => store.read(row))),
    );
    expect(texts).toEqual(events.map((each) => JSON.stringify(each)));
  });

  test('a torn last line is cut, wherever it was torn, and writing goes on behind the last whole line', async () => {
    const text = [0, 1, 2].map((n) => `${JSON.stringify(event(n))}\n`);
    const whole = text[0]! + text[1]!;
    for (let cut = 1; cut < text[2]!.length; cut += 37) {
      await writeFile(path, whole + text[2]!.slice(0, cut));
      await reopened(async (store) => {
        expect(await idsIn(store)).toEqual([hex(0), hex(1)]);
        expect((await stat(path)).size).toBe(whole.length);
        expect(await store.append(event(9))).toBe('stored');
      });
      expect(await readFile(path, 'utf8')).toBe(`${whole}${JSON.stringify(event(9))}\n`);
    }
  });

  test('a tail of zeros, as a crash may leave it, is cut', async () => {
    await writeFile(path, `${JSON.stringify(event(0))}\n`);
    await truncate(path, 100_000);
    expect(await reopened((store) => idsIn(store))).toEqual([hex(0)]);
    expect((await stat(path)).size).toBeLessThan(1_000);
  });

  test('a damaged line inside costs that event only', async () => {
    await writeFile(path, `${JSON.stringify(event(0))}\n`);
    await appendFile(path, `{"id":"damaged\n${'x'.repeat(3_000_000)}\n\n${JSON.stringify(event(1))}\n`);
    expect(await reopened((store) => idsIn(store))).toEqual([hex(0), hex(1)]);
    expect(await reopened((store) => idsIn(store))).toEqual([hex(0), hex(1)]);
  });

  test('the same event at the same time is written once', async () => {
    await reopened(async (store) => {
      const outcomes = await Promise.all([1, 2, 3].map(() => store.append(event(0))));
      expect(outcomes.sort()).toEqual(['duplicate', 'duplicate', 'stored']);
    });
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(2);
  });
});

describe('the order of what reaches the disk', () => {
  let disk: DiskCalls | undefined;
  afterEach(() => disk?.restore());

  test('an event is written and synced before it counts as stored', async () => {
    await reopened(async (store) => {
      disk = await watchDisk(directory);
      await store.append(event(0));
      disk.calls.push('stored');
      expect(disk.calls).toEqual(['write events.ndjson', 'datasync events.ndjson', 'stored']);
    });
  });

  test('nobody finds or is sent an event before it is synced', async () => {
    const sent: string[] = [];
    const store = await RelayStore.open(directory, NOW, ({ id }) => sent.push(id));
    const seen: unknown[] = [];
    disk = await watchDisk(directory, async (call) => {
      if (call.startsWith('datasync')) seen.push([...sent], await idsIn(store));
    });
    await store.append(event(0));
    expect(seen).toEqual([[], []]);
    expect([sent, await idsIn(store)]).toEqual([[hex(0)], [hex(0)]]);
    await store.close();
  });

  test('a torn end is cut and the cut synced; the name of the log is synced', async () => {
    await writeFile(path, '{"id":"torn');
    disk = await watchDisk(directory);
    await reopened(async () => {
      expect(disk?.calls).toEqual([
        'truncate events.ndjson',
        'datasync events.ndjson',
        'sync . (events.ndjson)',
      ]);
    });
  });

  test('a rewritten log is synced before it takes the old one’s name, and the name after', async () => {
    const gone = [
      ['p', hex(1)],
      ['expiration', String(NOW)],
    ];
    const kept = `${JSON.stringify(event(1))}\n`;
    await writeFile(path, `${JSON.stringify(event(0, { tags: gone }))}\n${kept}`);
    disk = await watchDisk(directory);
    await reopened((store) => idsIn(store));
    const opened = 'sync . (events.ndjson)';
    expect(disk.calls).toEqual([opened, 'write events.ndjson.new', 'sync events.ndjson.new', opened, opened]);
    expect(await readFile(path, 'utf8')).toBe(kept);
  });
});

describe('what does not stay', () => {
  test('expired and deleted events leave the file at the next start', async () => {
    await reopened(async (store) => {
      await store.append(
        event(0, {
          tags: [
            ['p', hex(1)],
            ['expiration', String(NOW + 10)],
          ],
        }),
      );
      await store.append(event(1));
      await store.append(event(2));
      await store.append(event(3, { kind: 5, pubkey: hex(1), tags: [['e', hex(1)]] }));
      expect(await idsIn(store, { kinds: [1059] })).toEqual([hex(0), hex(2)]);
      expect(await store.append(event(1))).toBe('duplicate');
    });
    const later = await RelayStore.open(directory, NOW + 10);
    expect(await idsIn(later, { kinds: [1059] })).toEqual([hex(2)]);
    await later.close();
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('content 0');
    expect(text).not.toContain('content 1');
    expect(text).toContain('content 2');
  });

  test('an expired event is not served even before that', async () => {
    await reopened(async (store) => {
      await store.append(
        event(0, {
          tags: [
            ['p', hex(1)],
            ['expiration', String(NOW)],
          ],
        }),
      );
      expect(await idsIn(store)).toEqual([]);
    });
  });

  test('a stranger deletes nothing', async () => {
    await reopened(async (store) => {
      await store.append(event(0));
      await store.append(event(1, { kind: 5, pubkey: hex(2), tags: [['e', hex(0)]] }));
      expect(await idsIn(store, { kinds: [1059] })).toEqual([hex(0)]);
    });
  });

  test('of an addressable event the latest stands; of two at once the one with the lower id', async () => {
    const version = (n: number, at: number) =>
      event(n, { kind: 30_000, pubkey: hex(7), created_at: at, tags: [['d', 'x']] });
    await reopened(async (store) => {
      for (const each of [version(5, 10), version(4, 20), version(3, 15), version(6, 20)])
        await store.append(each);
      expect(await idsIn(store)).toEqual([hex(4)]);
      expect((await store.addressed(`30000:${hex(7)}:x`))?.id).toBe(hex(4));
      await store.append(version(2, 20));
      expect(await idsIn(store)).toEqual([hex(2)]);
    });
    expect(await reopened((store) => idsIn(store))).toEqual([hex(2)]);
  });
});

describe('T111: room', () => {
  const DAY = 24 * 3600;
  const deletion = (n: number, ids: readonly string[]) =>
    event(n, { kind: 5, pubkey: hex(1), tags: ids.map((id) => ['e', id]) });

  test('what strangers write is in memory, a thousand at most and a day, and the oldest goes first', async () => {
    await reopened(async (store) => {
      await store.append(event(5_000));
      for (let n = 0; n < 1_001; n++) expect(store.keepBriefly(event(n), NOW)).toBe('stored');
      expect(store.keepBriefly(event(1_000), NOW)).toBe('duplicate');
      expect(store.size).toBe(1);
      expect(await idsIn(store, { ids: [hex(0), hex(1), hex(1_000), hex(5_000)] })).toEqual([
        hex(1),
        hex(1_000),
        hex(5_000),
      ]);
      expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(event(5_000))}\n`);
      await store.sweep(NOW + DAY);
      expect(await idsIn(store)).toEqual([hex(5_000)]);
    });
  });

  test('T118 what members write to keys that are nobody’s pushes out no newcomer’s word', async () => {
    await reopened(async (store) => {
      store.keepBriefly(event(0), NOW);
      for (let n = 1; n < 1_102; n++) store.keepBriefly(event(n), NOW, hex(7));
      expect(store.size).toBe(0);
      expect(await idsIn(store, { ids: [hex(0), hex(101), hex(102), hex(1_101)] })).toEqual([
        hex(0),
        hex(102),
        hex(1_101),
      ]);
    });
  });

  test('a few large ones of strangers take no more than sixteen megabytes', async () => {
    await reopened(async (store) => {
      const content = 'x'.repeat(1024 ** 2);
      for (let n = 0; n < 20; n++) store.keepBriefly(event(n, { content }), NOW);
      expect((await idsIn(store)).length).toBe(15);
    });
  });

  test('what was deleted leaves the file while it is used, and nothing else does', async () => {
    const content = 'x'.repeat(1024 ** 2);
    const gone = Array.from({ length: 34 }, (_, n) => hex(n + 10));
    await reopened(async (store) => {
      for (let n = 0; n < 34; n++) await store.append(event(n + 10, { content }));
      await store.append(event(1));
      const [found] = store.query([filter({ ids: [gone[0]!] })], everything, NOW);
      const [kept] = store.query([filter({ ids: [hex(1)] })], everything, NOW);
      await store.append(deletion(2, gone));
      const [text] = await Promise.all([
        store.read(kept!.row),
        store.append(event(3)),
        store.append(event(4)),
      ]);
      expect(text).toBe(JSON.stringify(event(1)));
      expect(await store.read(found!.row)).toBeUndefined();
      expect(await idsIn(store)).toEqual([hex(1), hex(3), hex(4)]);
      expect((await stat(path)).size).toBeLessThan(10_000);
    });
    expect(await reopened((store) => idsIn(store))).toEqual([hex(1), hex(3), hex(4)]);
  });

  test('a deletion that deletes nothing is not written, one that does takes no place', async () => {
    await reopened(async (store) => {
      await store.append(event(1));
      const before = (await stat(path)).size;
      expect(await store.append(deletion(2, [hex(9)]))).toBe('stored');
      expect((await stat(path)).size).toBe(before);
      await store.append(deletion(3, [hex(1)]));
      expect(store.size).toBe(0);
    });
    expect(await reopened(async (store) => store.size)).toBe(0);
  });

  test('a deletion of what is in memory only is not written, and what it deleted may come again', async () => {
    await reopened(async (store) => {
      await store.append(event(1));
      const before = await readFile(path, 'utf8');
      store.keepBriefly(event(5), NOW);
      expect(await store.append(deletion(2, [hex(5)]))).toBe('stored');
      expect(await idsIn(store)).toEqual([hex(1)]);
      expect(store.keepBriefly(event(5), NOW)).toBe('stored');
      store.keepBriefly(event(6), NOW);
      expect(await readFile(path, 'utf8')).toBe(before);
      await store.append(deletion(3, [hex(6), hex(1)]));
      expect(await idsIn(store)).toEqual([hex(5)]);
    });
    expect(await reopened((store) => idsIn(store))).toEqual([]);
  });

  test('T123 a member has room for ten thousand unread wraps in each mailbox', async () => {
    const [member, other] = [hex(70), hex(71)];
    await reopened(async (store) => {
      const left = Array.from({ length: 9_999 }, (_, n) => store.append(event(n + 10), member));
      await Promise.all(left);
      expect(store.isFilled(member, hex(1))).toBe(false);
      await store.append(event(10_009), member);
      await store.append(event(10_010, { tags: [['p', hex(2)]] }), member);
      const filled = () => [
        store.isFilled(member, hex(1)),
        store.isFilled(member, hex(2)),
        store.isFilled(other, hex(1)),
      ];
      expect(filled()).toEqual([true, false, false]);
      await store.append(deletion(4, [hex(10)]));
      expect(filled()).toEqual([false, false, false]);
    });
  });

  test('T123 what lies in a mailbox since before the start leaves each member less room there', async () => {
    const [member, other] = [hex(70), hex(71)];
    const write = async (store: RelayStore, from: number, count: number) => {
      await Promise.all(Array.from({ length: count }, (_, n) => store.append(event(from + n), member)));
    };
    await reopened((store) => write(store, 10, 10_000));
    await reopened(async (store) => {
      expect(store.isFilled(other, hex(1))).toBe(false);
      await write(store, 20_000, 4_999);
      expect(store.isFilled(member, hex(1))).toBe(false);
      await write(store, 30_000, 1);
      expect(store.isFilled(member, hex(1))).toBe(true);
      // Not in another mailbox, and not when something of that was read.
      expect([store.isFilled(member, hex(2)), store.isFilled(other, hex(1))]).toEqual([false, false]);
      await store.append(deletion(4, [hex(10)]));
      expect(store.isFilled(member, hex(1))).toBe(false);
    });
  });

  test('T123 the same of their bytes', async () => {
    const [member, content] = [hex(70), 'x'.repeat(200_000)];
    const write = async (store: RelayStore, from: number, count: number) => {
      for (let n = 0; n < count; n++) await store.append(event(from + n, { content }), member);
    };
    // A little more than 32 MiB.
    await reopened((store) => write(store, 10, 168));
    await reopened(async (store) => {
      await write(store, 200, 83);
      expect(store.isFilled(member, hex(1))).toBe(false);
      await write(store, 300, 1);
      expect(store.isFilled(member, hex(1))).toBe(true);
    });
  });

  describe('T159 a relay that is full', () => {
    const full = async <T>(use: (store: RelayStore) => Promise<T>, limits = { events: 100, bytes: 1e9 }) => {
      const options = { limits, owner: () => hex(9) };
      const store = await RelayStore.open(directory, NOW, undefined, undefined, options);
      try {
        return await use(store);
      } finally {
        await store.close();
      }
    };
    const to = (n: number, over: Partial<SignedEvent> = {}, content = 'x') =>
      event(n, { content, tags: [['p', hex(1)]], ...over });

    test('takes what comes in the place of what the fullest mailbox got first, whatever time it names', async () => {
      await full(async (store) => {
        const honest = Array.from({ length: 5 }, (_, n) => hex(n + 10));
        for (let n = 0; n < 5; n++) await store.append(to(n + 10, { tags: [['p', hex(2)]] }));
        // Each is said to be newer than those before, and all to be newer than what is honest, or older than it.
        for (let n = 0; n < 300; n++)
          expect(await store.append(to(n + 100, { created_at: NOW - 2_000 + 2 * n }))).toBe('stored');
        expect(store.size).toBeLessThanOrEqual(100);
        expect(store.size).toBeGreaterThan(95);
        expect((await idsIn(store, { kinds: [1059], '#p': [hex(2)] })).sort()).toEqual(honest);
        const left = await idsIn(store, { kinds: [1059], '#p': [hex(1)], limit: 400 });
        expect([left.includes(hex(100)), left.includes(hex(399))]).toEqual([false, true]);
        for (let n = 0; n < 100; n++) await store.append(to(n + 2_000, { created_at: NOW - 9_000 }));
        const then = await idsIn(store, { kinds: [1059], '#p': [hex(1)], limit: 400 });
        expect([then.includes(hex(399)), then.includes(hex(2_099))]).toEqual([false, true]);
      });
    });

    test('by bytes too; the file is no larger for it, also when it is opened again', async () => {
      const limits = { events: 1e6, bytes: 40 * 1024 ** 2 };
      const content = 'x'.repeat(1024 ** 2);
      const store = async (use: (store: RelayStore) => Promise<unknown>) => full(use, limits);
      await store(async (relay) => {
        for (let n = 0; n < 130; n++) await relay.append(to(n + 10, {}, content));
        expect(relay.size).toBeLessThanOrEqual(40);
        await relay.sweep(NOW);
      });
      expect((await stat(path)).size).toBeLessThan(2 * limits.bytes);
      await store(async (relay) => {
        expect(await relay.append(to(500))).toBe('stored');
        expect(relay.size).toBeLessThan(41);
      });
    });

    test('keeps the list of who its members are, and gives up what others wrote that is no wrap', async () => {
      await full(async (store) => {
        const list = event(1, { kind: 30_000, pubkey: hex(9), tags: [['d', 'entangle/members']] });
        await store.append(list);
        for (let n = 0; n < 150; n++) await store.append(event(n + 10, { kind: 1, tags: [] }));
        expect(store.size).toBeLessThanOrEqual(100);
        expect(await idsIn(store, { ids: [hex(1), hex(10), hex(159)] })).toEqual([hex(1), hex(159)]);
      });
    });
  });

  test('wraps older than sixty days go while it is used', async () => {
    await reopened(async (store) => {
      await store.append(event(0));
      await store.append(event(1, { kind: 1, created_at: NOW }));
      await store.sweep(NOW + 60 * DAY);
      expect(store.size).toBe(2);
      await store.sweep(NOW + 60 * DAY + 1);
      expect(await idsIn(store)).toEqual([hex(1)]);
    });
  });
});

test('T96 a line that finds no room is refused and cut off; the next one that fits is taken', async () => {
  const child = fileURLToPath(new URL('../../../test/support/relay-log-child.ts', import.meta.url));
  // The limit is 8 KiB (or 4): the second line does not fit behind the first, the third does.
  const shell = [
    '-c',
    'ulimit -f 8; exec "$@"',
    'bash',
    process.execPath,
    child,
    path,
    '2000',
    '9000',
    '1000',
  ];
  const said = execFileSync('bash', shell, { encoding: 'utf8' });
  expect(said.trim().split('\n')).toEqual(['taken', 'refused', 'taken']);
  expect(await readFile(path, 'utf8')).toBe(`${'0'.repeat(2000)}\n${'2'.repeat(1000)}\n`);
});

test('a query finds what a plain look at every event finds', async () => {
  const small = (max: number) => fc.integer({ min: 0, max });
  const anyEvent = fc.record({ kind: fc.constantFrom(1, 1059), p: small(4), at: small(6), author: small(2) });
  const anyFilter = fc.record(
    {
      kinds: fc.subarray([1, 1059, 21059]),
      '#p': fc.array(
        small(4).map((n) => hex(n)),
        { maxLength: 3 },
      ),
      authors: fc.array(
        small(2).map((n) => hex(n)),
        { maxLength: 2 },
      ),
      ids: fc.array(
        small(20).map((n) => hex(n)),
        { maxLength: 5 },
      ),
      since: small(6),
      until: small(6),
      limit: small(8),
    },
    { requiredKeys: [] },
  );
  const property = fc.asyncProperty(
    fc.array(anyEvent, { maxLength: 20 }),
    anyFilter,
    async (specs, value) => {
      await rm(path, { force: true });
      const events = specs.map(({ kind, p, at, author }, n) =>
        event(n, { kind, pubkey: hex(author), created_at: at, tags: [['p', hex(p)]] }),
      );
      const asked = filter(value);
      const plain = events
        .filter((each) => matches(asked, each))
        .filter(({ kind, tags }) => kind !== 1059 || everything.keys.has(tags[0]![1]!))
        .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? -1 : 1))
        .map(({ id }) => id);
      const found = await reopened(async (store) => {
        for (const each of events) await store.append(each);
        return idsIn(store, value);
      });
      // Where bodies must be read the connection applies the limit, not the store.
      expect(found.slice(0, asked.limit)).toEqual(plain.slice(0, asked.limit));
    },
  );
  await fc.assert(property, { numRuns: times(100, 1_000) });
});
