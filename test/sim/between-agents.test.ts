/** What happens between two agents while a person is asked about the work of the second one. */
import { expect, test } from 'vitest';
import { decide } from '../../src/services/user/approvals.ts';
import { pick } from '../../src/services/user/pick.ts';
import { sessionTree } from '../../src/services/user/tree.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { ask, atHost, outcome, reached, userOf } from './story.ts';

const at = (runner: string) => ({ placement: { labels: { at: runner } } });
const start = (builderAt: string): Promise<Federation> =>
  startFederation({
    people: { alice: {} },
    agents: {
      lead: at('r1'),
      builder: { ...at(builderAt), policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
    },
    edges: ['alice delegates_to lead', 'lead delegates_to builder', 'alice approves builder'],
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async ({ task, write, delegate, print }) => {
      if (task === 'give') print(JSON.stringify(await delegate('builder', 'make')));
      else write('made.txt', task);
    },
  });

test.each(['r1', 'r2'])(
  'an edge between agents goes, the second one on %s: its question is taken back, the first one told, nothing pushed',
  async (builderAt) => {
    const fed = await start(builderAt);
    const outer = await ask(fed, 'alice', 'lead', 'give');
    const { home } = fed.people.alice!;
    const { id, session } = await fed.until(
      'a question',
      () => home.tables.list('approvals', { open: 1 })[0],
    );
    const counted = () => sessionTree(userOf(fed, 'alice'), outer)?.nodes;
    await fed.until('the count of the change', () => counted()?.[1]?.change?.count);
    expect(counted()).toMatchObject([
      { node: 'lead', told: 'all', state: 'waiting_child' },
      {
        node: 'builder',
        told: 'asked',
        state: 'waiting_approval',
        session,
        change: { count: { added: 1, removed: 0 } },
      },
    ]);
    const asked = fed.time.elapsed();
    await fed.applyGraph((file) => {
      file.edges = file.edges.filter((edge) => edge !== 'lead delegates_to builder');
    });
    const question = () => pick(home, 'approvals', id);
    await fed.until('the end of the question', () => question().state === 'withdrawn');
    const late = decide(userOf(fed, 'alice'), question(), 'approved');
    expect(await outcome(fed, late)).toMatchObject({ code: 'conflict' });
    const { summary } = await reached(fed, 'alice', outer, 'completed');
    expect(JSON.parse(summary!)).toEqual({ ok: true, session, state: 'failed', reason: 'edge_removed' });
    // The first one goes on at once, and does not wait for the end of its own time.
    expect(fed.time.elapsed() - asked).toBeLessThan(60_000);
    await fed.until('the end at the Host', () => atHost(fed, session) === 'failed edge_removed');
    expect(fed.remote.updates).toEqual([]);
    await fed.close();
  },
);
