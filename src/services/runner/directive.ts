/** What all directives of an engine share: the turn that they are of, and how they are answered. */
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError, withHint } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Hands, Permission, PermissionRequest } from '../../ports/index.ts';
import type { Identity } from '../messaging/home.ts';
import type { Allowance } from './budget.ts';
import type { Runner } from './runner.ts';

type Subject = BodyOf<'review.request'>['subject'];
/** What a turn has made by now, as a reviewer is asked about it. */
export type SoFar = Pick<Subject, 'repository' | 'base' | 'commit' | 'changes' | 'hunks' | 'expiresAt'> &
  Pick<BodyOf<'review.request'>, 'diff' | 'size' | 'files'>;

export type DirectingTurn = {
  runner: Runner;
  session: RowOf<'sessions'>;
  /** All that its engine began with. */
  task: string;
  /** Counted down as work is given away. */
  allowance: Allowance;
  /** Of a thing that is said once more in a turn, by its digest: it is not the one before, where that was taken and not given back. */
  ordinalOf(digest: string): { ordinal: string; take(): () => void };
  /** Null where nothing was changed, or no files were given. */
  soFar(): Promise<SoFar | Refused | null>;
  /** A regular file of the workspace, which no link leads to, and in which no secret stands. */
  fileOf(path: string): Promise<Uint8Array | Refused>;
  /** Puts a line into what its engine printed, for whoever follows it. */
  tell(line: string): void;
  /** What the policy, and the people whom it names, say of a call. */
  permit(asked: PermissionRequest): Promise<Permission>;
  /** Of the engine that asks, where it has some. */
  hands?: Hands | undefined;
  /** Its engine has ended: of what it still asks nothing is done. */
  isOver(): boolean;
  /** Aborts when the turn is stopped. */
  signal: AbortSignal;
};

export type Refused = { ok: false; error: { code: string; message: string } };
export type DirectiveAnswer = { ok: true; [fact: string]: unknown } | Refused;

export const refused = (code: string, message: string): Refused => ({ ok: false, error: { code, message } });

/** An edge that went meanwhile, or the node itself: the agent is told, its turn goes on. */
export const refusalOf = (error: unknown): Refused => {
  if (!(error instanceof EntangleError)) throw error;
  return refused(error.code, withHint(error));
};

/** The node that speaks, while it may. */
export const speaker = ({ runner: { home }, session }: DirectingTurn, what: string): Identity | Refused => {
  const me = home.identities.get(session.node);
  if (!me) return refused('not_assigned', 'this node is not assigned here any more');
  if (home.leases.isLive(me.pubkey)) return me;
  return refused('no_lease', `this node’s lease is over: it ${what} nothing before it is renewed`);
};

/**
 * What stands for it in ids and dedup keys: a turn that is run again after a restart says the same again. It is taken once
 * it is said: what was refused may be let through in another run.
 */
export const nextKey = (
  { runner, session, ordinalOf }: DirectingTurn,
  said: string,
): { key: string; take(): () => void } => {
  const { ordinal, take } = ordinalOf(sha(runner, said));
  return { key: sha(runner, `${session.id} ${session.attempt} ${said} ${ordinal}`), take };
};

const sha = ({ home }: Runner, text: string): string => toHex(home.suite.sha256(utf8(text)));

export const TURN_ENDED = refused('cancelled', 'the turn ended while it waited');
const POLL_MS = 200;
/** Waits until `look` knows; null when the turn has ended before. While it waits, the turn takes no capacity. */
export const waitInTurn = <T>(
  { runner, session, signal }: Pick<DirectingTurn, 'runner' | 'session' | 'signal'>,
  look: () => Promise<T | null>,
): Promise<T | null> =>
  runner.turns.waiting(session.id, async () => {
    runner.poke();
    for (;;) {
      const known = await look();
      if (known !== null || signal.aborted) return known;
      await runner.home.clock.sleep(POLL_MS, signal);
    }
  });

export const waitForAnswer = async (
  turn: DirectingTurn,
  look: () => Promise<DirectiveAnswer | null>,
): Promise<DirectiveAnswer> => (await waitInTurn(turn, look)) ?? TURN_ENDED;

/** Nobody approves what came of words that they were not shown. */
export const unshown = (what: string): Refused =>
  refused('too_large', `the ${what} does not fit beside the task in what approvers are shown, or is damaged`);
