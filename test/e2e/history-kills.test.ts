/** T188: kill -9 around sealing, archiving and saving: nothing acknowledged is lost, and the read models come to the same. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { removeMark } from '../../src/adapters/ledger/mark.ts';
import { HISTORY_DIRECTORY } from '../../src/adapters/sqlite/chunks.ts';
import { PROJECTION_FILE } from '../../src/adapters/sqlite/projection.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { type Child, startProgram } from '../support/child.ts';
import { times } from '../support/counts.ts';
import { homeLines } from '../support/home-lines.ts';
import { dice } from '../support/killing.ts';
import { openSmall } from '../support/small-home.ts';

const PROGRAM = join(import.meta.dirname, '../support/history-child.ts');
const LINES = 600;
let directory: string;
let child: Child | undefined;
afterEach(async () => {
  child?.process.kill('SIGKILL');
  await child?.exit;
  rmSync(directory, { recursive: true, force: true });
});

/** What is there, opened as the next start does. */
const found = async () => {
  const told: string[] = [];
  const { projection, ledger, folded } = await openSmall(directory, {
    ...{ clock: systemClock, onMark: (why) => told.push(why) },
  });
  const state = { n: ledger.head.n, chain: ledger.head.chain, digest: projection.digest() };
  const why = projection.discarded;
  await ledger.close();
  projection.close();
  return { state, folded, told, why };
};

/** Some lines were sealed, and some are over. */
const isFull = (): boolean => {
  const history = join(directory, HISTORY_DIRECTORY);
  const seals = readdirSync(join(directory, 'ledger')).filter((name) => name.endsWith('.seal'));
  return existsSync(history) && readdirSync(history).length > 2 && seals.length > 1;
};

test('T188 kills while it seals, archives and saves: all that was acknowledged is there, and folds to the same', async () => {
  const file = homeLines('host', LINES);
  const random = dice(20_261_129);
  directory = mkdtempSync(join(tmpdir(), 'entangle-history-kills-'));
  let acked = 0;
  let wentOn = 0;
  let rebuilt = 0;
  for (let kill = 0; kill < times(4, 100) || rebuilt < times(1, 10); kill++) {
    if (acked >= LINES - 60) {
      rmSync(directory, { recursive: true });
      acked = 0;
    }
    child = startProgram(PROGRAM, [directory, file]);
    await child.line(new RegExp(`^ack ${acked + 20 + Math.floor(random() * 40)}$`));
    child.process.kill('SIGKILL');
    await child.exit;
    for (const [, n] of child.lines.join('\n').matchAll(/^ack (\d+)$/gm)) acked = Math.max(acked, Number(n));
    const { state, folded, told, why } = await found();
    expect([told, why]).toEqual([[], null]);
    expect(state.n).toBeGreaterThanOrEqual(acked);
    acked = state.n;
    wentOn += Number(folded > 0);
    // A save takes as long as the disk does: what is not there yet is looked for after the next kill
    if (kill < 10 * rebuilt + 3 || !isFull()) continue;
    rebuilt++;
    rmSync(join(directory, PROJECTION_FILE));
    rmSync(join(directory, HISTORY_DIRECTORY), { recursive: true });
    await removeMark(join(directory, 'ledger'));
    expect((await found()).state).toEqual(state);
  }
  expect(wentOn).toBeGreaterThan(1);
});
