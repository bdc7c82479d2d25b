/** Has a node push once more what it made and could not publish: what a person asks for, and what came of it. */
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { PublishedCommit } from '../../ports/index.ts';
import { readBody } from '../messaging/read-event.ts';
import { madeBehind } from './artifacts.ts';
import { isPeer, nameOf } from './peers.ts';
import type { User } from './user.ts';

export type PublishedAgain = PublishedCommit & { session: string; node: string };

const WORDS: Readonly<Record<string, string>> = {
  approval_expired: 'its approval has expired',
  approval_invalidated: 'its approval is void: the policy, the node or who may approve is another now',
  approval_rejected: 'it was rejected',
  approval_superseded: 'changes were wanted of it',
  approval_withdrawn: 'it was withdrawn before it was decided',
  handed_on: 'the work was handed to another agent, which publishes its own',
  no_repository: 'its node works in no repository any more',
  not_as_shown: 'it is not what was shown to whoever approved it',
  not_approved: 'it needs an approval that nobody was asked for',
  not_the_last_commit: 'the session has another commit now, or none',
  remote_moved: 'the branch has other commits now',
  remote_refused: 'the remote refused it again',
  remote_unknown: 'the remote cannot be asked',
  session_not_failed: 'its session is still open, or was cancelled',
};
const AGAIN = 'ask for the work again: `entangle ask`';

/** One that nobody answered yet is not asked twice. */
const askedBefore = ({ home }: User, session: string): RowOf<'messages'>[] =>
  home.tables.list('messages', { session, type: 'publish.request', dir: 'out' }, { order: 'line' });

const answerTo = ({ home }: User, id: string): RowOf<'messages'> | undefined =>
  home.tables.list('messages', { re: id, type: 'publish.result' })[0];

/** By the id of a session, an artifact or an approval. Resolves when it is on the remote. */
export const publishOnceMore = async (user: User, id: string, waitMs: number): Promise<PublishedAgain> => {
  const { home, exchange } = user;
  const { session, by, commit, repository, branch, state } = madeBehind(home, id);
  const node = nameOf(home, by);
  if (state === 'published')
    throw new EntangleError('conflict', `commit ${commit} is published already, on branch ${branch}`, {
      hint: `fetch it: \`entangle user artifact fetch ${session}\``,
    });
  if (!isPeer(home, by))
    throw new EntangleError(
      'conflict',
      `${node} has another key now: who made this cannot publish it any more`,
      {
        hint: AGAIN,
      },
    );
  const before = askedBefore(user, session);
  const open = before.filter((one) => answerTo(user, one.id) === undefined).at(-1);
  const request: Draft<'publish.request'> = {
    type: 'publish.request',
    from: home.self.pubkey,
    to: by,
    body: { session, commit },
    dedup: `publish:${session}:${before.length}`,
  };
  if (!open) await exchange.send([request]);
  const sent = open ?? askedBefore(user, session).at(-1)!;
  const answer = await user.until(() => answerTo(user, sent.id), waitMs);
  const came = await readBody<BodyOf<'publish.result'>>(home, answer?.id ?? null);
  if (!came)
    throw new EntangleError(
      'timed_out',
      `${node} has not answered yet; it may still publish commit ${commit}`,
      {
        hint: `see what came of it: \`entangle user artifact show ${session}\``,
      },
    );
  if (came.reason !== undefined) throw notPublished(node, session, came.reason, came.summary);
  return { session, node, repository, branch, commit };
};

const notPublished = (node: string, session: string, reason: string, summary = ''): EntangleError => {
  const said = summary === '' ? '' : ` (${summary})`;
  const mayPass = reason === 'remote_refused' || reason === 'remote_unknown';
  return new EntangleError('denied', `${node} did not publish it: ${WORDS[reason] ?? reason}${said}`, {
    hint: mayPass ? `do it again when that is mended: \`entangle user publish ${session}\`` : AGAIN,
  });
};
