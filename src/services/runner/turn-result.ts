/** What a turn left: the commit of its files, and the record and observation of how it ended. */
import { uuidv7 } from '../../core/encoding/id.ts';
import { durationMs } from '../../core/encoding/time.ts';
import { EntangleError, withHint } from '../../core/errors.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { EngineBreak } from '../../core/vocabulary.ts';
import type { TurnEnd } from '../../ports/index.ts';
import { putInBlobs } from '../messaging/blobs.ts';
import { nowSeconds } from '../messaging/home.ts';
import { record } from '../messaging/rejections.ts';
import { ruleOf } from './approving.ts';
import { describeChange } from './change.ts';
import { forRequester, keptWork } from './kept-work.ts';
import { recoveryDraft } from './observations.ts';
import type { Prepared } from './prepare.ts';
import type { Runner } from './runner.ts';
import type { SignedWrites } from './signed-writes.ts';
import { keepTranscript } from './transcript.ts';
import { messageOf } from './workspace.ts';

const APPROVAL_SECONDS = 24 * 3600;

type TurnResult = Pick<
  RecordBody<'turn.finished'>,
  'base' | 'expected' | 'commit' | 'changes' | 'hunks' | 'diff' | 'size' | 'files'
>;
export const NOTHING_LEFT: TurnResult = {
  base: null,
  expected: null,
  commit: null,
  changes: null,
  hunks: null,
  diff: [],
  size: 0,
  files: 0,
};

/** What the turn left, as a commit; where it does not come to a change that can be shown, the end says where it is. */
export const takeWork = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  spec: AgentNode,
  {
    repository,
    base,
    head,
    expected,
    directory,
    signed,
  }: Prepared & { directory: string; signed: SignedWrites },
  outcome: TurnEnd,
): Promise<{ outcome: TurnEnd; left: TurnResult }> => {
  const { commit, problem } = await runner.git.commit(repository, `${directory}/workspace`, {
    parent: base,
    message: messageOf(runner, session, spec),
    at: nowSeconds(runner.home),
  });
  const left = { ...NOTHING_LEFT, base };
  const kept = commit === null ? [] : [keptWork(runner, repository, commit)];
  const ended = (tail: string, end = outcome): TurnEnd => ({
    ...end,
    tail: forRequester(runner, tail, kept),
  });
  if (outcome.reason !== 'done') return { outcome: ended(outcome.tail), left };
  if (problem) return { outcome: ended(requesterMessage(runner, problem), failedEnd('')), left };
  if (commit === null) return { outcome, left };
  try {
    if (ruleOf(runner, session, 'file.write')) {
      const changed = runner.git.changes(repository, head, commit);
      const missing = await signed.missing(changed, runner.home.suite.sha256);
      if (missing.length > 0) return { outcome: ended(unsignedWords(missing), failedEnd('')), left };
    }
    const { document, changes, hunks, files } = await describeChange(runner, repository, base, commit);
    const diff = await putInBlobs(runner.home, document);
    const change = { changes, hunks, files, diff, size: document.length };
    return { outcome, left: { base, expected, commit, ...change } };
  } catch (error) {
    return { outcome: ended(requesterMessage(runner, error), failedEnd('')), left };
  }
};

const NAMED = 5;
const unsignedWords = (paths: readonly string[]): string => {
  const named = paths.slice(0, NAMED).map((path) => JSON.stringify(path));
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return `nobody approved what is in ${named.join(', ')}${more}: the policy of this node has each write of a file approved`;
};

const BROKEN = {
  commit: 'the files of the engine could not be committed',
  turn: 'its runner cannot do it: its log says why',
  push: 'its runner cannot push it: its log says why',
};
/** For the requester, who need not know the paths of this machine; those are for its log. */
export const requesterMessage = (
  runner: Runner,
  error: unknown,
  failed: keyof typeof BROKEN = 'commit',
): string => {
  const ours = error instanceof EntangleError ? withHint(error) : null;
  const words = ours ?? (error instanceof Error ? error.message : String(error));
  runner.home.log('warning', `a ${failed} failed: ${words}`);
  return ours ?? BROKEN[failed];
};

export const failedEnd = (tail: string): TurnEnd => ({ is: 'ended', reason: 'failed', exitCode: null, tail });

type Kept = {
  left: TurnResult;
  output: Uint8Array;
  broken: EngineBreak | null;
  reached: TurnEnd['reached'];
  /** Names of those that its engine was given. */
  given: readonly string[];
};
/**
 * When a question that is put now is over, in seconds. Who approves, and for how long they are asked, reaches a running node
 * as routes; its spec may be of an older revision.
 */
export const endOfQuestion = ({ home }: Runner, { node }: RowOf<'sessions'>): number => {
  const expires = home.tables.get('routes', node)?.approval['source.publish']?.expires;
  return nowSeconds(home) + Math.ceil((durationMs(expires ?? '') ?? APPROVAL_SECONDS * 1000) / 1000);
};

export const recordTurn = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: number,
  spec: AgentNode,
  outcome: TurnEnd,
  { left, output, broken, reached, given }: Kept,
): Promise<void> => {
  const { home, exchange } = runner;
  const used = outcome.usage && { usage: outcome.usage };
  const printed = await keepTranscript(runner, output, `turn ${turn} of session ${session.id}`);
  await record(home, 'turn.finished', {
    session: session.id,
    attempt: session.attempt,
    turn,
    status: outcome.reason,
    exitCode: outcome.exitCode,
    ...left,
    approval: uuidv7(home.clock.now(), home.random.bytes(10)),
    artifact: uuidv7(home.clock.now(), home.random.bytes(10)),
    // Until then at least its commit is kept: people may be asked later
    expiresAt: endOfQuestion(runner, session),
    ...printed,
    tail: forRequester(runner, outcome.tail),
    ...used,
  });
  const body = {
    session: session.id,
    attempt: session.attempt,
    turn,
    status: outcome.reason,
    exitCode: outcome.exitCode,
    engine: spec.engine.type,
    sandbox: spec.policy.sandbox,
    output: printed.output,
    ...used,
    ...(reached !== undefined && { network: [...reached] }),
    ...(given.length > 0 && { secrets: [...given] }),
  };
  await exchange.send([
    {
      type: 'turn.observed',
      from: home.self.pubkey,
      to: home.host,
      body,
      dedup: `turn:${body.session}:${body.attempt}:${turn}`,
    },
    ...(broken === null ? [] : [recoveryDraft(home, session, { kind: broken, turn })]),
  ]);
};
