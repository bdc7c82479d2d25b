/** A node as the reviewer: the files of the commit, its difference beside them, and the verdict that its engine says. */
import { MOST_BRIEF } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { concat, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { slicing } from '../../core/in-slices.ts';
import { reviewState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readingDocument } from '../../core/source/change-document.ts';
import { diffingText } from '../../core/source/diff-text.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { nowSeconds } from '../messaging/home.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { describeChange } from './change.ts';
import { type DirectingTurn, type DirectiveAnswer, refusalOf, refused, speaker } from './directive.ts';
import { conversationOf } from './observations.ts';
import { type ReviewWork, reviewOf } from './review-work.ts';
import { type Runner, specOfSession } from './runner.ts';
import { personName } from './texts.ts';
import { repositoryOf } from './workspace.ts';

type Session = RowOf<'sessions'>;

type Given = { work: ReviewWork; task: string; attached: NamedBytes[]; workspace: string };
/**
 * Files to look at, of which nothing is kept: the commit, found to be what its asker signed, and what it changes as a file
 * beside it. The words of the asker stand below those of ours.
 */
export const prepareReview = async (
  runner: Runner,
  session: Session,
  { work, task, attached: [pack], workspace }: Given,
): Promise<{ task: string; attached: NamedBytes[] }> => {
  const found = await specOfSession(runner, session);
  const repository = found && repositoryOf(runner, found.spec, session);
  const { base, commit, ...signed } = work.subject;
  if (repository?.url !== signed.repository)
    throw new EntangleError('invalid', 'it works in another repository than what it is to review', {
      hint: 'give both nodes the same workspace in the graph',
    });
  await runner.freshDirectory(workspace);
  await runner.git.fetch(repository, [found?.spec.workspace?.base ?? '']);
  // Its objects are told as what they add to that
  if ((await runner.git.resolve(repository, base)) === null)
    throw new EntangleError('invalid', 'the commit that the change begins at is not in its base branch', {
      hint: 'give both nodes the same base in the graph',
    });
  let document: Uint8Array = new Uint8Array();
  await runner.git.unpack(repository, pack!.bytes, commit, async (apart) => {
    const found = await describeChange(runner, apart, base, commit);
    if (found.changes !== signed.changes || found.hunks !== signed.hunks)
      throw new EntangleError('invalid', 'the commit is not the change that is to be reviewed');
    document = found.document;
  });
  await runner.git.checkout(repository, commit, workspace);
  const run = slicing(runner.home.clock);
  const { files } = await run(readingDocument([document]));
  const texts: Uint8Array[] = [];
  for (const file of files)
    texts.push(utf8((await run(diffingText(file, true, runner.home.suite.sha256))).text));
  const from = personName(runner, session.node, session.requester);
  return {
    task: reviewText(from, work.note, task),
    attached: [{ name: 'review.diff', bytes: concat(...texts) }],
  };
};

const reviewText = (from: string, note: string | undefined, task: string): string =>
  [
    `Review the change that ${from} made for the task below, and say your verdict with the directive "review": pass, or changes with your words. review.diff, beside this task, has the change; the workspace has all files as they are after it. Nothing that you do to them is kept.`,
    ...(note === undefined ? [] : [`# what ${from} wants looked at`, note]),
    `# the task of ${from}`,
    task,
  ].join('\n\n');

const NO_REVIEW = refused('no_review', 'this task is no review: nobody waits for a verdict');

/** Signed by this node: it is the word of an engine, and approves nothing. */
export const review = async (
  turn: DirectingTurn,
  { verdict, words }: DirectiveSaid<'review'>,
): Promise<DirectiveAnswer> => {
  const { runner, session } = turn;
  const { home } = runner;
  const me = speaker(turn, 'reviews');
  if ('ok' in me) return me;
  const row = reviewOf(runner, session);
  const asked = row && (await readBody<BodyOf<'task.review'>>(home, row.message));
  if (!row || !asked) return NO_REVIEW;
  const state = reviewState(home.tables, row, nowSeconds(home));
  if (state === 'over') return refused('review_over', 'nobody waits for this verdict any more');
  if (state !== 'open') return refused('already_answered', 'the verdict of this task was said');
  const { subject, subjectDigest } = asked.review;
  const text = words === undefined ? null : await carry(home, words, MOST_BRIEF);
  const said: Draft<'review.result'> = {
    ...{ type: 'review.result', from: me.pubkey, to: session.requester, re: row.message },
    body: {
      ...{ review: row.id, verdict, subject, subjectDigest },
      ...(text ? { reason: text.head, ...wholeOf(text) } : {}),
    },
    dedup: `verdict:${row.id}`,
  };
  const { id, attempt } = session;
  const move = { session: id, conversation: id, attempt, move: 'answered' } as const;
  const objection = await runner.exchange
    .send([said, ...conversationOf(home, said, move)])
    .then(() => null, refusalOf);
  if (objection) return objection;
  turn.tell(`verdict: ${verdict}`);
  return { ok: true, review: row.id, verdict };
};
