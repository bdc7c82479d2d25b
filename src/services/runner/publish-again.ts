/**
 * A commit whose session ended before it was on the remote is pushed once more, because somebody asked whose business it
 * is. Nothing is approved by that: who must approve is asked of the record again, at that moment.
 */

import { cutText } from '../../core/encoding/cut.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { readBody } from '../messaging/read-event.ts';
import { artifactOf } from './artifact-life.ts';
import { evidenceDrafts } from './evidence.ts';
import { handedOn } from './handoff.ts';
import { forRequester } from './kept-work.ts';
import { NOT_ASKED, tryToPush } from './publish.ts';
import { lastTurnOf, type Runner } from './runner.ts';
import { hasCommit, isFinalTrouble } from './turn.ts';
import { requesterMessage } from './turn-result.ts';

type Asked = RowOf<'messages'>;
type Answer = Pick<BodyOf<'publish.result'>, 'reason' | 'summary'>;

const dedupOf = ({ id }: Asked): string => `publish:${id}`;

/** Those that nobody answered yet, one at a time in a session. */
export const publishAgain = (runner: Runner, node: string): void => {
  const { home, turns, retries } = runner;
  const waiting = home.tables
    .list('messages', { type: 'publish.request', dir: 'in' }, { order: 'line' })
    .filter((asked) => asked.recipient === node && !isAnswered(runner, asked));
  for (const asked of waiting) {
    const session = home.tables.get('sessions', asked.session ?? '');
    if (!session || turns.isRunning(session.id)) continue;
    // A place like any other: a thousand of these are not a thousand pushes at once
    if (retries.isWaiting(troubleOf(session)) || !turns.hasRoom()) continue;
    const work = (signal: AbortSignal) =>
      answer(runner, session, asked, signal).then(
        (isRefused) => (isRefused ? retries.failed : retries.clear).call(retries, troubleOf(session)),
        (error: unknown) => {
          retries.failed(troubleOf(session));
          home.log('error', `session ${session.id}: ${error instanceof Error ? error.message : error}`);
        },
      );
    void turns.run(session.id, work).then(() => runner.poke());
  }
};

/** Of its own: what is asked again and again neither ends the waiting of its session nor is done again at once. */
const troubleOf = ({ id }: Pick<RowOf<'sessions'>, 'id'>): string => `publish ${id}`;

/** Who has no edge to this node any more is answered nothing. */
const isAnswered = ({ home }: Runner, asked: Asked): boolean => {
  const said = { sender: asked.recipient, recipient: asked.sender, type: 'publish.result' as const };
  return (
    home.tables.count('messages', { ...said, dedup: dedupOf(asked) }) > 0 ||
    edgeDenial(home, asked.recipient, asked.sender, 'publish.result', true) !== null
  );
};

/** True where it was answered that it is not published. */
const answer = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  asked: Asked,
  signal: AbortSignal,
): Promise<boolean> => {
  const wanted = await readBody<BodyOf<'publish.request'>>(runner.home, asked.id);
  if (!wanted) return false;
  const { told, ...came } = await tried(runner, session, wanted.commit, signal);
  const result: Draft<'publish.result'> = {
    type: 'publish.result',
    from: session.node,
    to: asked.sender,
    body: { session: session.id, commit: wanted.commit, ...came },
    re: asked.id,
    dedup: dedupOf(asked),
  };
  await runner.exchange.send([...told, result]);
  return came.reason !== undefined;
};

const refused = (reason: string, summary: string): Answer & { told: Draft[] } => ({
  ...{ reason, told: [] },
  ...(summary !== '' && { summary: cutText(summary, 2000) }),
});

/** The state of the session is not looked at beyond that it failed: all that authorizes a push is, as ever. */
const tried = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  commit: string,
  signal: AbortSignal,
): Promise<Answer & { told: Draft[] }> => {
  const turn = lastTurnOf(runner, session);
  if (!turn || !hasCommit(turn) || turn.commit_id !== commit) return refused('not_the_last_commit', '');
  // What was handed on ends as another node ends it, and its own work is half done
  if (handedOn(runner, session)) return refused('handed_on', '');
  if (session.state === 'completed') return { told: [] };
  if (session.state !== 'failed') return refused('session_not_failed', '');
  try {
    const came = await tryToPush(runner, session, turn, signal, true);
    if (came === null) return refused('no_repository', '');
    const { repository, branch, reason, summary } = came;
    if (reason === NOT_ASKED) return refused('not_approved', '');
    if (reason !== null) return refused(reason, forRequester(runner, summary));
    const place = { ...turn, repository: repository.url, branch };
    const asked = await evidenceDrafts(runner, session, turn);
    return { told: [...artifactOf(runner, session, place, 'published'), ...asked] };
  } catch (error) {
    if (!isFinalTrouble(runner, { id: troubleOf(session) }, error)) throw error;
    return refused('remote_unknown', forRequester(runner, requesterMessage(runner, error, 'push')));
  }
};
