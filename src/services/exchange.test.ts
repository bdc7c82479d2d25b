/** What is acknowledged is on disk. */
import { expect, test } from 'vitest';
import { turnOf } from '../../test/support/forgeries.ts';
import { memoryTables } from '../../test/support/memory-tables.ts';
import { createWorld, EPOCH, NOW } from '../../test/support/world.ts';
import { systemClock } from '../adapters/clock.ts';
import { ConversationKeys } from '../core/crypto/conversation-keys.ts';
import { type Entry, GENESIS, type Line, nextLine } from '../core/ledger/line.ts';
import { foldLine } from '../core/projection/fold.ts';
import { ROWS } from '../core/projection/rows.ts';
import { open } from '../core/protocol/open.ts';
import type { RelayOptions } from '../ports.ts';
import { startExchange } from './exchange.ts';
import type { Home } from './home.ts';

const world = createWorld();
const { host, runner } = world.actors;

/** A Host whose ledger folds at once, as the real one does, and whose disk writes when it is let. */
const start = () => {
  const tables = memoryTables(ROWS);
  tables.put('hellos', {
    pubkey: runner.pubkey,
    role: 'runner',
    name: 'r',
    detail: '{}',
    at: 0,
    invite: null,
  });
  tables.put('trust', { pubkey: runner.pubkey, name: 'r', state: 'trusted', epoch: 1, seq: 1 });
  const lines: Line[] = [];
  let disk = Promise.resolve();
  const ledger = {
    get head() {
      return lines.at(-1) ?? GENESIS;
    },
    append: async (build: () => Entry[]) => {
      const added = build().map((entry) => {
        const line = nextLine(world.suite.sha256, ledger.head, '2026-11-23T10:00:00.000Z', entry);
        lines.push(line);
        foldLine(tables, line);
        return line;
      });
      await disk;
      return added;
    },
  };
  const sent: string[] = [];
  let onWrap: RelayOptions['onWrap'] = () => {};
  const { name, role, pubkey, secretKey } = host;
  const self = { name, role, pubkey, secretKey };
  const home = {
    kind: 'host',
    graph: world.graph,
    host: pubkey,
    self,
    identities: new Map([[pubkey, self]]),
    relays: [],
    suite: world.suite,
    clock: { ...systemClock, now: () => NOW * 1000 },
    random: { bytes: world.random },
    ledger,
    tables,
    pairs: new ConversationKeys(),
    epoch: EPOCH,
    leases: new Map(),
    log: () => {},
    connect: (options: RelayOptions) => {
      onWrap = options.onWrap;
      const publish = async (wrap: unknown) => {
        sent.push(JSON.stringify(wrap));
        return [{ url: '', result: 'stored' }];
      };
      return {
        publish,
        close: async () => {},
        setIdentities: () => {},
        synced: async () => true,
        status: () => [],
      };
    },
  } as unknown as Home;
  const exchange = startExchange(home, { changed: () => {}, ephemeral: () => {} });
  const tops = () => sent.map((text) => (open(text, world.door('runner')).body as { top: number }).top);
  const holdDisk = () => {
    let release: () => void = () => {};
    disk = new Promise<void>((resolve) => {
      release = resolve;
    });
    return release;
  };
  return { exchange, receive: (text: string) => onWrap(text, ''), tops, holdDisk };
};

const turn = (n: number) => world.deliver(turnOf(n));

test('an acknowledgement covers nothing that is folded and not yet on disk', async () => {
  const { exchange, receive, tops, holdDisk } = start();
  await receive(turn(1));
  const release = holdDisk();
  const second = receive(turn(2));
  // Rounds go on meanwhile: the first message is due to be acknowledged, and the read models know the second.
  await new Promise((done) => setTimeout(done, 700));
  expect(tops().filter((top) => top > 1)).toEqual([]);
  release();
  await second;
  await expect.poll(tops).toContain(2);
  await exchange.close();
});
