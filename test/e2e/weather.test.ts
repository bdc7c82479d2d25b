/** Bad relays, long absences, many tasks at once: the same end as on a good day. */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readLedger } from '../../src/adapters/ledger-read.ts';
import { openProjection } from '../../src/adapters/sqlite.ts';
import { suiteWasm } from '../../src/adapters/suite-wasm.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS, SCHEMA_VERSION } from '../../src/core/projection/rows.ts';
import { json, place } from '../support/cli.ts';
import { commitsOf, ledgers, lostAfterAck, resultsOf, type Story, tell } from '../support/federation.ts';
import { hostileRelay } from '../support/hostile-relay.ts';

const SLOW = process.env.SLOW === '1';
let story: Story | undefined;
afterEach(async () => {
  await story?.close();
  story = undefined;
});

const wait = (session: string, timeout = '120s') =>
  json<{ state: string }>(story!.homes.user, ['user', 'wait', session, '--timeout', timeout]);
/** So many commands at a time: fifty at once would only wait for the lock of their one home. */
const askMany = async (n: number, hands = n): Promise<string[]> => {
  const sessions: string[] = [];
  const hand = async (first: number) => {
    for (let i = first; i < n; i += hands) sessions.push(await story!.ask(`echo ${i} >> a.txt`));
  };
  await Promise.all(Array.from({ length: hands }, (_, i) => hand(i)));
  return sessions;
};
const eachEndedOnce = (sessions: readonly string[]) => {
  const ends = sessions.map((one) => ({ results: resultsOf(story!, one), commits: commitsOf(story!, one) }));
  expect(ends).toEqual(sessions.map(() => ({ results: ['completed'], commits: 1 })));
  expect(lostAfterAck(story!)).toEqual([]);
};

describe('many at once', () => {
  test.each([3, 20])(
    '%i tasks at once on one runner all complete',
    async (n) => {
      story = await tell(place());
      const sessions = await askMany(n);
      for (const session of sessions) await wait(session);
      eachEndedOnce(sessions);
    },
    300_000,
  );
});

describe('a relay that says OK and drops 30 %, duplicates 30 %, reorders and replays days-old wraps', () => {
  test('T16 T30 the same end', async () => {
    const relay = await hostileRelay({ seed: 7, drop: 0.3, duplicate: 0.3, reorder: 0.3 });
    try {
      story = await tell(place(), { relay: relay.url });
      const sessions = await askMany(SLOW ? 50 : 5, 5);
      for (const session of sessions) await wait(session, '300s');
      eachEndedOnce(sessions);
      expect(relay.stats.dropped).toBeGreaterThan(0);
    } finally {
      await story?.close();
      story = undefined;
      await relay.close();
    }
  }, 900_000);
});

describe('absence', () => {
  test('a runner that was away when the task was launched does it when it is back', async () => {
    story = await tell(place());
    await story.stop('runner');
    const session = await story.ask('echo later >> a.txt');
    await story.start('runner');
    expect((await wait(session)).state).toBe('completed');
    eachEndedOnce([session]);
  }, 120_000);
  test('a user who was away for the whole task receives everything on return', async () => {
    story = await tell(place());
    const session = await story.ask('echo away >> a.txt');
    await observedState(story, session, 'completed');
    expect((await wait(session)).state).toBe('completed');
    eachEndedOnce([session]);
  }, 120_000);
  test('an approval waits through a restart of every process, and is good after it', async () => {
    story = await tell(place(), { approval: true });
    const session = await story.ask('echo asked >> a.txt');
    const approval = await approvalOf(story, session);
    for (const part of ['relay', 'host', 'runner'] as const) {
      await story.stop(part);
      await story.start(part);
    }
    await json(story.homes.user, ['user', 'approve', approval, '--yes']);
    expect((await wait(session)).state).toBe('completed');
    eachEndedOnce([session]);
  }, 120_000);
});

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

const observedState = async (one: Story, session: string, state: string): Promise<void> => {
  for (;;) {
    const seen = ledgers(one).host.some((line) => {
      if (line.dir !== 'in' || !line.event.tags.some((tag) => tag[1] === 'session.observed')) return false;
      const body = JSON.parse(line.event.content);
      return body.session === session && body.state === state;
    });
    if (seen) return;
    await new Promise((done) => setTimeout(done, 50));
  }
};

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
