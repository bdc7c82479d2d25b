/** One turn: files of the base commit, the engine over them, a commit of what it left, all in the runner's own store. */
import { TURN_DISK } from '../../core/bounds.ts';
import { withoutSecrets } from '../../core/encoding/without-secrets.ts';
import { EntangleError } from '../../core/errors.ts';
import { type AgentNode, turnMs } from '../../core/graph/model.ts';
import { reachOf } from '../../core/graph/network.ts';
import { needsProbe, unproven } from '../../core/graph/tried.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { EngineBreak } from '../../core/vocabulary.ts';
import type { Engine, NamedBytes, Turn, TurnEnd, TurnSession } from '../../ports/index.ts';
import { nowSeconds } from '../messaging/home.ts';
import type { DirectingTurn } from './directive.ts';
import { answerer } from './directives.ts';
import { filesOfTurn } from './file-of.ts';
import { handedOn } from './handoff.ts';
import { dropAgent, keptPlace } from './kept-agents.ts';
import { forRequester } from './kept-work.ts';
import { breakOf, tellSource } from './observations.ts';
import { hasCallPolicy, permissionOf } from './permission.ts';
import { prepareFiles, sourceOf } from './prepare.ts';
import { prepareReview } from './review.ts';
import { workIn } from './review-work.ts';
import { type Runner, specOfSession } from './runner.ts';
import { SignedWrites } from './signed-writes.ts';
import { createSoFar } from './so-far.ts';
import { failedEnd, NOTHING_LEFT, recordTurn, requesterMessage, takeWork } from './turn-result.ts';
import { createTurnSession } from './turn-session.ts';
import { startTrace } from './turn-trace.ts';
import { unanswered } from './unanswered.ts';
import { messageOf } from './workspace.ts';

const OUTPUT_BYTES = 8 * 1024 * 1024;
const MEMORY_BYTES = 2 * 1024 * 1024 * 1024;

/** A turn that left a change: all that says what it is was written down with the commit. */
export type CommittedTurn = RowOf<'turns'> & {
  base: string;
  commit_id: string;
  changes: string;
  hunks: string;
};
export const hasCommit = (turn: RowOf<'turns'>): turn is CommittedTurn => turn.commit_id !== null;

/**
 * The request, all of the task that it may have only the beginning of with the changes that were wanted since, its files,
 * and the turn that the changes are wanted of.
 */
export type AskedTask = {
  request: BodyOf<'task.request'>;
  task: string;
  /** What of it is new since that turn. */
  words: string;
  attached: NamedBytes[];
  secrets: NamedBytes[];
  before: CommittedTurn | null;
};
export const turnAfter = (before: CommittedTurn | null): number => (before?.turn ?? 0) + 1;

/** The same for all turns of an attempt: an agent that goes on finds its files where they were. */
const directoryOf = (runner: Runner, { id, attempt }: RowOf<'sessions'>, { policy }: AgentNode): string =>
  `${runner.turnsDirectory(policy.sandbox)}/${id}-${attempt}`;

/** Of one that was cut off and is not run again: its engine may go on running, and its files lie there. */
export const clearTurn = async (runner: Runner, session: RowOf<'sessions'>): Promise<void> => {
  const found = await specOfSession(runner, session);
  if (!found) return;
  const directory = directoryOf(runner, session, found.spec);
  await runner.engines[found.spec.engine.type]?.recover(`${directory}/scratch`);
  await runner.removeDirectory(directory);
};

/** Runs the engine and writes down what came of it; a turn that never got so far is run again after a restart. */
export const runTurn = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  { request, task, words, attached, secrets, before }: AskedTask,
  signal: AbortSignal,
): Promise<void> => {
  const { home } = runner;
  const turn = turnAfter(before);
  const found = await specOfSession(runner, session);
  if (!found) return;
  const { policy } = found.spec;
  const directory = directoryOf(runner, session, found.spec);
  const placeOf = (one: number): string => keptPlace(runner, session, one, found.spec);
  const [keep, kept] = [placeOf(turn), before && placeOf(before.turn)];
  const { type } = found.spec.engine;
  const engine: Engine | null = runner.engines[type];
  // Known when the files are there, which is before the engine runs
  let soFar: DirectingTurn['soFar'] = async () => null;
  const own = policy.budget;
  let isEnded = false;
  /** For what its engine waits, in Unix seconds: while there is time left to tell it that nothing came. */
  let ends = 0;
  const made = { soFar: () => soFar(), isOver: () => isEnded || handedOn(runner, session) !== null };
  const tell = (line: string) => talk.tell(line);
  const { isOver } = made;
  const signed = new SignedWrites();
  const asking = { runner, session, turn, request, task, ends: () => ends, isOver, signed, secrets, signal };
  const ask = permissionOf(asking, type);
  const fileOf = filesOfTurn(runner, `${directory}/workspace`, secrets);
  const said = { session, turn, request, task, own, tell, fileOf, permit: ask, ...made };
  const directed = answerer(runner, said, signal);
  // What an engine hands on as a task or a question leaves this machine as much as what it prints
  const answer: TurnSession['directive'] = (line, hands) => directed(withoutSecrets(secrets, line), hands);
  const trace = startTrace(runner, session, turn);
  const talk = createTurnSession({ ask, directive: answer }, trace.add);

  let outcome: TurnEnd | undefined;
  let reached: TurnEnd['reached'];
  let named: readonly string[] = [];
  let broken: EngineBreak | null = null;
  let isPrepared = false;
  let left = NOTHING_LEFT;
  let keepsFiles = false;
  try {
    // Before the directory is filled again: what an earlier attempt left running must not write into it.
    await engine?.recover(`${directory}/scratch`);
    await runner.freshDirectory(directory);
    const work = workIn(request);
    const files = `${directory}/workspace`;
    const given = work
      ? await prepareReview(runner, session, { work, task, attached, workspace: files })
      : { task, attached };
    const prepared = work ? null : await prepareFiles(runner, session, found.spec, before, files);
    if (prepared) await tellSource(runner, session, sourceOf(prepared, turn));
    ends = nowSeconds(home) + Math.max(1, Math.ceil(turnMs(policy.budget?.time) / 1000) - 1);
    if (prepared) {
      const place = { ...prepared, workspace: `${directory}/workspace`, expiresAt: ends };
      const message = messageOf(runner, session, found.spec, ['So far, for a review.']);
      soFar = createSoFar(runner, { ...place, message }, made.isOver);
    }
    isPrepared = true;
    if (!engine) throw new EntangleError('invalid', `no ${type} engine here`);
    await requireProven(runner, found.spec);
    const going = { keep, ...(kept !== null && { before: { kept, words } }) };
    const isAsked = hasCallPolicy(runner, session);
    const all = { ...given, secrets, ...going, isAsked, isReadOnly: work !== null };
    named = secrets.map(({ name }) => name);
    outcome = await runEngine(runner, engine, found.spec, all, directory, talk, signal).finally(() => {
      isEnded = true;
    });
    const waited = unanswered(runner, session);
    for (const words of waited) tell(words);
    if (outcome.reason !== 'done') outcome = { ...outcome, tail: [...waited, outcome.tail].join('\n') };
    if (outcome.isKept) runner.keptAgents.add(keep);
    if (kept !== null) await dropAgent(runner, kept);
    if (signal.aborted) return;
    ({ reached } = outcome);
    broken = breakOf(outcome);
    // Too much to lie here is too much to be kept
    if (prepared && outcome.reason !== 'disk_limit')
      ({ outcome, left } = await takeWork(
        runner,
        session,
        found.spec,
        { ...prepared, directory, signed },
        outcome,
      ));
  } catch (error) {
    // What is away may come back; an engine that this machine cannot start is told at once
    const isFinal = (isPrepared && error instanceof EntangleError) || isFinalTrouble(runner, session, error);
    // What an engine did is not done again because its files cannot be committed.
    if (!isFinal && !outcome) throw error;
    if (outcome) keepsFiles = true;
    const kept = keepsFiles
      ? ['its files are kept for 14 days where it ran: the log of its runner says where']
      : [];
    if (keepsFiles) {
      home.log('warning', `the files of a turn that could not be committed are in ${directory}`);
      runner.leftTurns.add(directory);
    }
    const said = requesterMessage(runner, error, outcome ? 'commit' : 'turn');
    outcome = failedEnd(forRequester(runner, said, kept));
  } finally {
    await trace.close();
    // What an engine left running may be writing there: that must not cost the turn.
    if (!keepsFiles)
      await runner
        .removeDirectory(directory)
        .catch((error: Error) => home.log('warning', `cannot remove ${directory}: ${error.message}`));
  }
  await recordTurn(runner, session, turn, found.spec, outcome, {
    ...{ left, output: talk.output(), broken, reached, given: named },
  });
};

/** An agent that changed since it was placed here is not the one that was tried. */
const requireProven = async (runner: Runner, spec: AgentNode): Promise<void> => {
  const missing = needsProbe(spec) ? unproven(spec, await runner.probes()) : null;
  if (missing !== null)
    throw new EntangleError('invalid', `the graph wants approvals of commands enforced: ${missing}`);
};

/** What may pass is waited for so long, and then told: nobody looks at a session that says "active" for ever. */
const LONGEST_TROUBLE_MS = 15 * 60_000;
export const isFinalTrouble = (
  { retries }: Runner,
  { id }: Pick<RowOf<'sessions'>, 'id'>,
  error: unknown,
): error is Error =>
  (error instanceof EntangleError && error.code !== 'unavailable') ||
  (error instanceof Error && retries.troubledFor(id) >= LONGEST_TROUBLE_MS);

const runEngine = (
  runner: Runner,
  engine: Engine,
  spec: AgentNode,
  given: Pick<Turn, 'task' | 'attached' | 'secrets' | 'keep' | 'before' | 'isAsked' | 'isReadOnly'>,
  directory: string,
  session: TurnSession,
  signal: AbortSignal,
): Promise<TurnEnd> =>
  engine.run(
    {
      spec: spec.engine,
      ...given,
      scratch: `${directory}/scratch`,
      workspace: `${directory}/workspace`,
      sandbox: spec.policy.sandbox,
      hidden: runner.hidden,
      network: reachOf(spec),
      limits: {
        timeMs: turnMs(spec.policy.budget?.time),
        outputBytes: OUTPUT_BYTES,
        memoryBytes: MEMORY_BYTES,
        ...TURN_DISK,
      },
    },
    session,
    signal,
  );
