/** What the record of operators costs a Host that has a long one: the list of the last hundred, and one more record. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, compared, type Measure } from '../scripts/bench/measure.ts';
import { suiteWasm } from '../src/adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../src/adapters/keys/file.ts';
import { openHome } from '../src/cli/wiring/open-home.ts';
import { toHex } from '../src/core/encoding/bytes.ts';
import { HOST_API } from '../src/core/host-api/table.ts';
import { listAudit } from '../src/services/host/audit.ts';
import type { Home } from '../src/services/messaging/home.ts';
import { recordOf } from '../src/services/messaging/rejections.ts';
import type { HostConfig } from '../src/services/setup/config.ts';

const [FEW, MANY] = [2_000, 20_000];
const ROUNDS = 7;
const LISTS = 20;
const APPENDS = 100;
const AT_ONCE = 500;
const KEY = new Uint8Array(32).fill(7);

const config: HostConfig = {
  ...{
    kind: 'host',
    graph: `${toHex(suiteWasm.publicKey(KEY))}/bench`,
    keys: 'file',
    relays: ['ws://127.0.0.1:1'],
  },
  ...{ stream: '00'.repeat(16), recovery: '00'.repeat(32), leaseMs: 60_000, bootstrap: null, members: false },
};

let asked = 0;
const oneMore = (home: Home) => {
  const body = {
    ...{
      who: 'ann',
      role: 'admin',
      auth: 'bearer',
      subject: null,
      method: 'POST',
      route: HOST_API['invites.create'].path,
    },
    ...{ target: `user person-${asked++}`, outcome: 'ok', digest: '00'.repeat(32) },
  };
  return { dir: 'local' as const, event: recordOf(home, 'host.operator_request.completed', body) };
};
const fill = async (home: Home, records: number): Promise<void> => {
  for (let n = 0; n < records; n += AT_ONCE)
    await home.ledger.append(() => Array.from({ length: AT_ONCE }, () => oneMore(home)));
};

/** Processor time in milliseconds: what else runs on the machine, and its disk, do not count. */
const used = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

type Opened = { home: Home; list: number; append: number };
const withRecords = async <T>(records: number[], work: (all: Opened[]) => Promise<T>): Promise<T> => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-bench-'));
  const closing: (() => Promise<void>)[] = [];
  try {
    const all: Opened[] = [];
    for (const count of records) {
      const directory = join(root, `${count}`);
      await fileKeyStore(join(directory, 'keys')).create('host', KEY);
      const { home, close } = await openHome(directory, config, {
        ...{ mode: 'exclusive', owner: 'bench', input: false, log: () => {} },
      });
      closing.push(close);
      home.epoch = { n: 1, boot: '00'.repeat(16) };
      await fill(home, count);
      all.push({ home, list: Number.POSITIVE_INFINITY, append: Number.POSITIVE_INFINITY });
    }
    return await work(all);
  } finally {
    for (const close of closing) await close();
    rmSync(root, { recursive: true, force: true });
  }
};

export const run = (few = FEW, many = MANY): Promise<Measure[]> =>
  withRecords([few, many], async (all) => {
    // Turn about, and the least of several: other work on the machine makes single rounds dearer, never cheaper
    for (let round = 0; round < ROUNDS; round++)
      for (const one of all) {
        const lists = async () => {
          for (let n = 0; n < LISTS; n++) await listAudit(one.home, {});
        };
        const appends = async () => {
          for (let n = 0; n < APPENDS; n++) await one.home.ledger.append(() => [oneMore(one.home)]);
        };
        one.list = Math.min(one.list, (await used(lists)) / LISTS);
        one.append = Math.min(one.append, (await used(appends)) / APPENDS);
      }
    const [short, long] = all as [Opened, Opened];
    const against = `of ${many} against ${few}`;
    return [
      compared(`the last 100 records ${against}`, long.list, short.list, 'ms', atMost(1.3)),
      compared(`one more record ${against}`, long.append, short.append, 'ms', atMost(1.3)),
    ];
  });
