/** Publishes exactly the commit that was approved, by its id, with a lease on the head that was shown. */
import type { Row } from '../../core/projection/tables.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { record } from '../rejects.ts';
import type { Runner } from './runner.ts';
import { drafts, finish } from './say.ts';
import { branchOf, repositoryOf, specOfSession } from './turn.ts';

/** Safe to run again: the intent is on record, and a push finds its own commit on the remote. */
export const publish = async (runner: Runner, session: Row, turn: Row): Promise<void> => {
  const { home, git } = runner;
  const found = await specOfSession(runner, session);
  const repository = found && repositoryOf(runner, found.spec);
  if (!repository) return;
  const commit = String(turn.commit_id);
  const branch = branchOf(session, home.identities.get(String(session.node))!.name);
  const about = { session: String(session.id), attempt: Number(session.attempt), commit };
  const before = home.tables.get('publishes', session.id!, session.attempt!);
  if (!before) await record(home, 'publish.intended', { ...about, branch });
  const expected = turn.expected as string | null;
  const outcome = before?.outcome ?? (await git.push(repository, { commit, branch, expected }));
  if (!before?.outcome)
    await record(home, 'publish.finished', { ...about, outcome: outcome as 'pushed' | 'moved' });
  if (outcome !== 'pushed') return finish(runner, session, { state: 'failed', reason: 'remote_moved' });
  await announce(runner, session, turn, repository.url, branch);
};

const announce = async (
  runner: Runner,
  session: Row,
  turn: Row,
  url: string,
  branch: string,
): Promise<void> => {
  const { home, exchange } = runner;
  const commit = String(turn.commit_id);
  const approval = home.tables.get('approvals', turn.approval!) ? String(turn.approval) : null;
  const artifact = {
    artifact: String(turn.artifact),
    session: String(session.id),
    repository: url,
    branch,
    commit,
    approval,
  };
  const common = { session: String(session.id), dedup: `artifact:${turn.artifact}` };
  const reports: Draft[] = [
    {
      type: 'artifact.ref',
      from: String(session.node),
      to: String(session.requester),
      body: artifact,
      ...common,
    },
    {
      type: 'artifact.observed',
      from: home.self.pubkey,
      to: home.host,
      body: { ...artifact, state: 'published' },
      ...common,
    },
  ];
  const done = await drafts(runner, session, { state: 'completed', commit, summary: String(turn.tail) });
  await exchange.send([...reports, ...done]);
};
