/** What serving processes say on their terminal: one line each for what happens, and no word of a task. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { approve, ask, asked, reached } from './story.ts';

const started = async () => {
  const said: Record<string, string[]> = {};
  const fed = await startFederation({
    people: { alice: {} },
    agents: {
      builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
      mac: { placement: { labels: { os: 'mac' } } },
    },
    edges: ['alice delegates_to builder', 'alice approves builder', 'alice delegates_to mac'],
    suite: idealSuite,
    leaseMs: 20_000,
    onLog: (who, level, text) => {
      said[who] = [...(said[who] ?? []), `${level} ${text}`];
    },
    script: ({ task, write, print }) => {
      print(`CANARY ${task}`);
      if (task.startsWith('CANARY fail')) return 1;
      write('done.txt', task);
      return 0;
    },
  });
  /** What came since it was asked last, short of ids and keys. */
  const news = (who: string): string[] =>
    (said[who]?.splice(0) ?? []).map((line) => line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID'));
  return { fed, news };
};

test('who joins, is trusted, runs what, and how work goes', async () => {
  const { fed, news } = await started();
  await fed.time.pass(5_000);
  expect(news('r1')).toEqual([
    expect.stringMatching(
      /^info not trusted yet: the operator compares the words "(?:[a-z]+ ?){8}" and runs `entangle host runner trust r1`$/,
    ),
    'info the Host trusts this runner',
    'info node builder active  fence 1',
  ]);
  expect(news('host').sort()).toEqual([
    'info graph revision 1',
    'info node builder active  on r1, fence 1',
    'info runner r1 trusted',
    'info user alice joined',
  ]);
  await fed.addRunner('r2');
  await fed.time.pass(5_000);
  expect(news('host')).toEqual([
    expect.stringMatching(
      /^info runner r2 pending {2}its words are "(?:[a-z]+ ?){8}": `entangle host runner trust r2`$/,
    ),
  ]);

  const good = await ask(fed, 'alice', 'builder', 'CANARY work');
  await asked(fed, 'alice', good);
  await fed.time.pass(2_000);
  expect(news('r1')).toEqual([
    'info session ID accepted  builder, for alice',
    'info session ID active  builder, for alice',
    'info session ID waiting_approval  builder, for alice',
  ]);
  await approve(fed, 'alice', good);
  await reached(fed, 'alice', good, 'completed');
  const bad = await ask(fed, 'alice', 'builder', 'CANARY fail');
  await reached(fed, 'alice', bad, 'failed');
  await fed.time.pass(2_000);
  expect(news('r1').slice(-3)).toEqual([
    'info session ID accepted  builder, for alice',
    'info session ID active  builder, for alice',
    'warning session ID failed  builder, for alice: turn_failed',
  ]);
  const work = news('host');
  expect(work.filter((line) => line.includes('completed') || line.includes('failed'))).toEqual([
    'info session ID completed  builder',
    'warning session ID failed  builder: turn_failed',
  ]);
  expect(work.join()).not.toContain('CANARY');
  await fed.close();
});

test('that the Host is not heard, and is again; that trust is taken back', async () => {
  const { fed, news } = await started();
  await fed.time.pass(5_000);
  news('r1');
  fed.relays[0]!.setState('down');
  await fed.time.pass(40_000);
  expect(news('r1')).toContain('warning the Host is not heard: nothing of builder goes on until it is');
  fed.relays[0]!.setState('up');
  await fed.time.pass(40_000);
  expect(news('r1')).toContain('info the Host is heard again: builder goes on');
  news('host');
  await fed.trust('r1', 'revoked');
  await fed.time.pass(5_000);
  expect(news('r1')).toEqual(
    expect.arrayContaining([
      'warning the Host revoked this runner: its nodes end, and what it says counts no more',
    ]),
  );
  expect(news('host')).toEqual(
    expect.arrayContaining([
      'info runner r1 revoked',
      'warning node builder revoked  on r1, fence 1: runner_not_trusted',
    ]),
  );
  // Its end is said again in the next epoch, and is no news
  await fed.finish('a stop', fed.host.stop());
  await fed.finish('a start', fed.host.start());
  await fed.time.pass(30_000);
  expect(news('host').filter((line) => !line.startsWith('warning refused: revoked'))).toEqual([]);
  await fed.close();
});

test('a start tells how things stand, and not what was', async () => {
  const { fed, news } = await started();
  const session = await ask(fed, 'alice', 'builder', 'CANARY work');
  await asked(fed, 'alice', session);
  await fed.time.pass(2_000);
  for (const who of ['r1', 'host']) news(who);
  for (const part of [fed.runners.r1!, fed.host]) await fed.finish('a stop', part.stop());
  for (const part of [fed.host, fed.runners.r1!]) await fed.finish('a start', part.start());
  await fed.time.pass(5_000);
  expect(news('r1')).toEqual([
    'info the Host trusts this runner',
    'info node builder active  fence 1',
    'info session ID waiting_approval  builder, for alice',
  ]);
  expect(news('host')).toEqual([]);
  await fed.close();
});
