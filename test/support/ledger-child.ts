/**
 * A process that appends to a ledger and says what was acknowledged, for crash tests.
 * Arguments: directory, mode, name, number of appends (0: no end), appends at a time, `marked` where it keeps a mark and
 * seals, over small segments.
 * It prints `ready`, `ack <n> <name>` for each line and `done`; asked by a line on stdin, its follower's view.
 * In shared mode it begins only at a line on stdin, so that two of them really write at the same time.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { openProjection } from '../../src/adapters/sqlite/projection.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { acquireLock } from '../../src/adapters/system/lock.ts';
import { exitCodeOf } from '../../src/core/errors.ts';
import { int, text } from '../../src/core/projection/tables.ts';
import { entry, nameOf, sha256 } from './ledger-events.ts';
import { markSigner } from './ledger-marks.ts';

const [directory = '', mode = 'exclusive', name = 'child', total = '0', atOnce = '1', marked = ''] =
  process.argv.slice(2);
const say = (text: string) => writeSync(1, `${text}\n`);
const fail = (error: unknown): never => {
  writeSync(2, `${error instanceof Error ? error.message : error}\n`);
  process.exit(exitCodeOf(error));
};

const seen: string[] = [];
const ledger = await openLedger({
  directory,
  mode: mode === 'shared' ? 'shared' : 'exclusive',
  from: 0,
  follow: (line) => seen.push(nameOf(line.event)),
  clock: systemClock,
  sha256,
  owner: `test ${name}`,
  acquireLock,
  onFatal: fail,
  ...(marked === 'marked' ? { marks: markSigner(7), segmentBytes: 100_000 } : {}),
}).catch(fail);
say('ready');
if (mode === 'shared') await once(process.stdin, 'data');

const count = Number(total) || Number.POSITIVE_INFINITY;
const appendOne = async (i: number) => {
  for (const line of await ledger.append(() => [entry(`${name}-${i}`)])) say(`ack ${line.n} ${name}-${i}`);
};
for (let i = 0; i < count; i += Number(atOnce))
  await Promise.all(Array.from({ length: Number(atOnce) }, (_, k) => appendOne(i + k))).catch(fail);

const schema = { seen: { columns: { name: text, n: int }, key: ['name'] } } as const;
const projection = await openProjection({
  file: join(directory, 'projection.sqlite'),
  schema,
  schemaVersion: 1,
  sha256,
});
if (mode !== 'shared') {
  projection.fold(1, () => projection.tables.put('seen', { name, n: ledger.head.n }));
  await projection.save();
}
say('done');
process.stdin.once('data', async () => {
  await ledger.catchUp();
  say(JSON.stringify({ head: ledger.head, seen }));
  await ledger.close();
  process.exit(0);
});
process.stdin.once('end', () => process.exit(0));
