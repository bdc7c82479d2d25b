/** What a home is on disk: a projection file that is thrown away, a copy that somebody starts. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { readLedger } from '../../src/adapters/ledger/read.ts';
import { openProjection } from '../../src/adapters/sqlite/projection.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../src/core/projection/rows.ts';
import { json, place } from '../support/cli.ts';
import { commitsOf, lostAfterAck, resultsOf, type Story, tell } from '../support/federation.ts';

let story: Story | undefined;
afterEach(async () => {
  await story?.close();
  story = undefined;
});

const wait = (session: string, timeout = '120s') =>
  json<{ state: string }>(story!.homes.user, ['user', 'wait', session, '--timeout', timeout]);
const eachEndedOnce = (sessions: readonly string[]) => {
  const ends = sessions.map((one) => ({ results: resultsOf(story!, one), commits: commitsOf(story!, one) }));
  expect(ends).toEqual(sessions.map(() => ({ results: ['completed'], commits: 1 })));
  expect(lostAfterAck(story!)).toEqual([]);
};

describe('state', () => {
  test('a projection that is thrown away is folded again to the same digest, and life goes on', async () => {
    story = await tell(place(), { approval: true });
    const first = await story.ask('echo one >> a.txt');
    await json(story.homes.user, ['user', 'approve', await approvalOf(story, first), '--yes']);
    await wait(first);
    for (const part of ['host', 'runner'] as const) await story.stop(part);
    for (const home of [
      join(story.homes.host, 'host'),
      join(story.homes.runner, 'runner', 'default'),
      join(story.homes.user, 'user', 'default'),
    ]) {
      const saved = await digestOf(home);
      rmSync(join(home, 'projection.sqlite'));
      expect(await digestOf(home)).toBe(saved);
    }
    for (const part of ['host', 'runner'] as const) await story.start(part);
    const second = await story.ask('echo two >> a.txt');
    await json(story.homes.user, ['user', 'approve', await approvalOf(story, second), '--yes']);
    await wait(second);
    eachEndedOnce([first, second]);
  }, 120_000);
  test('T40 a copy of the Host’s home that starts is fenced: one of the two stops with exit 4', async () => {
    story = await tell(place());
    const copy = story.here.home('copy');
    cpSync(story.homes.host, copy, {
      recursive: true,
      filter: (path) => !path.endsWith('.sock') && !path.endsWith('lock'),
    });
    const other = await story.here.start(copy, ['host', 'serve']);
    const code = await new Promise<number | null>((resolve) => {
      for (const { child } of [other, story!.serving('host')])
        if (child.exitCode !== null) resolve(child.exitCode);
        else child.on('exit', resolve);
    });
    expect(code).toBe(4);
  }, 120_000);
});

const approvalOf = async (one: Story, session: string): Promise<string> => {
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
