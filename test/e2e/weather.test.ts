/** What a home is on disk: a projection file that is thrown away, a copy that somebody starts. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { readLedger } from '../../src/adapters/ledger/read.ts';
import { openProjection } from '../../src/adapters/sqlite/projection.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../src/core/projection/rows.ts';
import { approveById, json, tempHomes } from '../support/cli.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

const wait = (session: string, timeout = '120s') =>
  json<{ state: string }>(fed!.homes.user, ['user', 'wait', session, '--timeout', timeout]);
const eachEndedOnce = (sessions: readonly string[]) => {
  const ends = sessions.map((one) => ({ results: resultsOf(fed!, one), commits: commitsOf(fed!, one) }));
  expect(ends).toEqual(sessions.map(() => ({ results: ['completed'], commits: 1 })));
  expect(lostAfterAck(fed!)).toEqual([]);
};

describe('state', () => {
  test('a projection that is thrown away is folded again to the same digest, and life goes on', async () => {
    fed = await startProcesses(tempHomes(), { approval: true });
    const first = await fed.ask('echo one >> a.txt');
    await approveById(fed.homes.user, await approvalOf(fed, first));
    await wait(first);
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
    const second = await fed.ask('echo two >> a.txt');
    await approveById(fed.homes.user, await approvalOf(fed, second));
    await wait(second);
    eachEndedOnce([first, second]);
  }, 120_000);
  test('T40 a copy of the Host’s home that starts is fenced: one of the two stops with exit 4', async () => {
    fed = await startProcesses(tempHomes());
    const copy = fed.here.home('copy');
    cpSync(fed.homes.host, copy, {
      recursive: true,
      filter: (path) => !path.endsWith('.sock') && !path.endsWith('lock'),
    });
    const other = await fed.here.start(copy, ['host', 'serve']);
    const code = await new Promise<number | null>((resolve) => {
      for (const { child } of [other, fed!.serving('host')])
        if (child.exitCode !== null) resolve(child.exitCode);
        else child.on('exit', resolve);
    });
    expect(code).toBe(4);
  }, 120_000);
});

const approvalOf = async (one: ProcessFederation, session: string): Promise<string> => {
  for (;;) {
    const shown = await json<{ approvals: { id: string }[] }>(one.homes.user, ['user', 'show', session]);
    if (shown.approvals[0]) return shown.approvals[0].id;
  }
};

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
