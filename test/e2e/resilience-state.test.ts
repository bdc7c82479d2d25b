/**
 * What a home finds of itself at its next start: a projection that is damaged, gone or of another history (T97), a ledger
 * that is torn, another owner. One federation goes through it all, and works after each.
 */
import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { readLedger } from '../../src/adapters/ledger/read.ts';
import { openProjection } from '../../src/adapters/sqlite/projection.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../src/core/projection/rows.ts';
import { approveById, json, run, tempHomes } from '../support/cli.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation;
let asks = true;
beforeAll(async () => {
  fed = await startProcesses(tempHomes(), { approval: true });
  await works(fed);
  // The rows of an approval are there; what comes after need not ask for another
  await fed.applyPolicy({ approval: false });
  asks = false;
});
afterAll(() => fed?.close());

const works = async (one: ProcessFederation): Promise<void> => {
  const session = await one.ask('echo works >> a.txt');
  if (asks) {
    const asking = ['user', 'wait', session, '--for', 'approval', '--timeout', '60s'];
    const { approvals } = await json<{ approvals: { id: string }[] }>(one.homes.user, asking);
    await approveById(one.homes.user, approvals[0]!.id);
  }
  await json(one.homes.user, ['user', 'wait', session, '--timeout', '60s']);
  expect(resultsOf(one, session)).toEqual(['completed']);
  expect(commitsOf(one, session)).toBe(1);
};
const told = (one: ProcessFederation, part: 'host' | 'runner'): string => one.serving(part).log.join('\n');

const rebuilding = (reason: string): string => `rebuilding the projection from the ledger: ${reason}`;

/** Digest of a home's projection: of the saved file with the rest folded in, or of the whole ledger. */
const digestOf = async (home: string): Promise<string> => {
  const projection = await openProjection({
    file: join(home, 'projection.sqlite'),
    schema: ROWS,
    schemaVersion: SCHEMA_VERSION,
    sha256: suiteWasm.sha256,
  });
  for await (const line of readLedger(join(home, 'ledger'), projection.folded + 1))
    projection.fold(line.n, () => foldLine(projection.tables, line));
  const digest = projection.digest();
  projection.close();
  return digest;
};

describe('a projection file', () => {
  test('that is thrown away is folded again to the same digest', async () => {
    for (const part of ['host', 'runner'] as const) await fed.stop(part);
    for (const home of [
      join(fed.homes.host, 'host'),
      join(fed.homes.runner, 'runner', 'default'),
      join(fed.homes.user, 'user', 'default'),
    ]) {
      const saved = await digestOf(home);
      rmSync(join(home, 'projection.sqlite'));
      expect(await digestOf(home)).toBe(saved);
    }
    for (const part of ['host', 'runner'] as const) await fed.start(part);
    await works(fed);
    expect(lostAfterAck(fed)).toEqual([]);
  });
  test('of no bytes, of garbage or cut off is thrown away, told and made again', async () => {
    for (const part of ['host', 'runner'] as const) await fed.stop(part);
    writeFileSync(join(fed.homes.host, 'host', 'projection.sqlite'), '');
    writeFileSync(
      join(fed.homes.runner, 'runner', 'default', 'projection.sqlite'),
      'no database'.repeat(100),
    );
    truncateSync(join(fed.homes.user, 'user', 'default', 'projection.sqlite'), 4096);
    await fed.start('host');
    await fed.start('runner');
    expect(told(fed, 'host')).toContain(rebuilding('the file is empty'));
    expect(told(fed, 'runner')).toContain(rebuilding('the file is damaged'));
    const inbox = await run(fed.homes.user, ['user', 'inbox']);
    expect(inbox.stderr).toContain(rebuilding('the file is damaged'));
    await works(fed);
  });

  test('that is ahead of its ledger, or of another one as long, is made again too', async () => {
    const home = join(fed.homes.host, 'host');
    const [ledger, projection] = [join(home, 'ledger'), join(home, 'projection.sqlite')];
    const [before, other] = [fed.here.home('before'), fed.here.home('other.sqlite')];
    // Nobody hears of these boots: what they wrote may be taken back as if the disk had lost it
    await fed.stop('host');
    await fed.stop('relay');
    cpSync(ledger, before, { recursive: true });
    await fed.start('host');
    await fed.stop('host');
    copyFileSync(projection, other);
    rmSync(ledger, { recursive: true });
    cpSync(before, ledger, { recursive: true });
    const reason = 'it was folded from other lines than the ledger has';
    await fed.start('host');
    expect(told(fed, 'host')).toContain(reason);
    await fed.stop('host');
    copyFileSync(other, projection);
    await fed.start('relay');
    await fed.start('host');
    expect(told(fed, 'host')).toContain(reason);
    await works(fed);
  });
});

describe('a ledger', () => {
  test('with a torn last line goes on without it; with damage before it the process says where and exits 8', async () => {
    await fed.stop('runner', 'SIGKILL');
    const segment = join(fed.homes.runner, 'runner', 'default', 'ledger', '000001.ndjson');
    const whole = readFileSync(segment);
    writeFileSync(segment, Buffer.concat([whole, Buffer.from('{"n":999,"at":"2026-')]));
    await fed.start('runner');
    expect(told(fed, 'runner')).toContain(
      `removed an incomplete last line of ${segment} at byte ${whole.length}`,
    );
    await works(fed);
    await fed.stop('runner');
    const sound = readFileSync(segment);
    const damaged = Buffer.from(sound);
    const second = damaged.indexOf(10) + 1;
    damaged[second + 40] = damaged[second + 40]! ^ 1;
    writeFileSync(segment, damaged);
    const answer = await run(fed.homes.runner, ['runner', 'serve']);
    expect(answer.code).toBe(8);
    expect(answer.stderr).toContain(`${segment} is damaged at byte ${second}`);
    expect(readFileSync(segment)).toEqual(damaged);
    writeFileSync(segment, sound);
    await fed.start('runner');
    await works(fed);
  });
});

describe('T98 one serving process a home', () => {
  test('a second one refuses without waiting and names the owner, also while that is stopped', async () => {
    for (const part of ['host', 'runner'] as const) {
      const { child } = fed.serving(part);
      child.kill('SIGSTOP');
      const started = performance.now();
      const second = await run(fed.homes[part], [part, 'serve']);
      expect(performance.now() - started).toBeLessThan(60_000);
      child.kill('SIGCONT');
      expect(second.code).toBe(4);
      expect(second.stderr).toContain(`entangle ${part} serve`);
      expect(second.stderr).toContain(`pid ${child.pid}`);
    }
    await works(fed);
  });
  test('T40 a copy of the Host’s home that starts is fenced: one of the two stops with exit 4', async () => {
    const copy = fed.here.home('copy');
    cpSync(fed.homes.host, copy, {
      recursive: true,
      filter: (path) => !path.endsWith('.sock') && !path.endsWith('lock'),
    });
    const other = await fed.here.start(copy, ['host', 'serve']);
    const code = await new Promise<number | null>((resolve) => {
      for (const { child } of [other, fed.serving('host')])
        if (child.exitCode !== null) resolve(child.exitCode);
        else child.on('exit', resolve);
    });
    expect(code).toBe(4);
  });
});
