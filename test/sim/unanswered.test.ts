/** What an engine waited for until its time was over stands in the end of its session, with the reason, and in its trace. */
import { expect, test } from 'vitest';
import { fromUtf8 } from '../../src/core/encoding/bytes.ts';
import { fetchTranscript } from '../../src/services/user/transcript.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { ask, reached, userOf } from './story.ts';

const at = (runner: string, more: object = {}) => ({ placement: { labels: { at: runner } }, ...more });
const LATE = 'it took it, and the turn ended first';
const AWAY = 'it was not reached before the turn ended';
const REVIEW = { request_review: { to: 'other' } };
const ESCALATE = { escalate: { to: 'other', words: 'x' } };
const BOB = { escalate: { to: 'bob', words: 'x' } };
test.each([
  [
    'a reviewer that says nothing',
    REVIEW,
    'here',
    '"other" did not review it in time: it took it, and said nothing',
  ],
  ['a reviewer that is away', REVIEW, 'away', '"other" did not review it in time: it was not reached'],
  ['a reviewer that its engine does not wait for', REVIEW, 'left', `no verdict of other: ${LATE}`],
  ['an agent that is away', ESCALATE, 'away', `no end of what was given of other: ${AWAY}`],
  ['a person who says nothing', BOB, 'here', `no answer to the escalation of bob: ${LATE}`],
])('%s is named where the turn ended', async (_what, said, how, words) => {
  const fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: { builder: at('r1', { policy: { budget: { time: '2m' } } }), other: at('r2') },
    edges: [
      ...['alice delegates_to builder', 'other reviews builder', 'builder escalates_to other'],
      'builder escalates_to bob',
    ],
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async ({ task, write, directive, print, sleep }) => {
      if (task !== 'go') return sleep(3_600_000);
      write('made.txt', 'one\n');
      if (how === 'away') fed.runners.r2!.crash();
      const answer = directive(JSON.stringify(said));
      if (how === 'left') await sleep(5_000);
      else print(await answer);
      return 1;
    },
  });
  const session = await ask(fed, 'alice', 'builder', 'go');
  const { summary } = await reached(fed, 'alice', session, 'failed');
  expect(summary?.replaceAll('\\', '')).toContain(words);
  const { bytes } = await fed.finish(
    'the transcript',
    fetchTranscript(userOf(fed, 'alice'), session, null, 60_000),
  );
  expect(fromUtf8(bytes).replaceAll('\\', '')).toContain(words);
  await fed.close();
});
