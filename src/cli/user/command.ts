/** What user commands share: open the home, sync for a moment, act, deliver, leave. */
import type { Command } from '@oclif/core/command';
import { isoTime } from '../../core/encoding/time.ts';
import { relayTrouble, troubleClause } from '../../services/messaging/relay-words.ts';
import { BaseCommand } from '../kit/base-command.ts';
import { duration, passphraseFile, userName } from '../kit/flags.ts';
import { stderrLog } from '../kit/logging.ts';
import type { WireOptions } from '../wiring/serving.ts';
import type { UserSession } from '../wiring/user-session.ts';

export const userFlags = {
  user: userName,
  'passphrase-file': passphraseFile,
  sync: duration({
    description: 'how long to wait for silent relays before going on with what is here',
    default: 2_000,
    env: 'ENTANGLE_SYNC',
  }),
};
type Given = {
  user: string;
  'passphrase-file': string | undefined;
  sync: number;
  quiet: boolean;
  'no-input': boolean;
};

export abstract class UserCommand<T extends typeof Command> extends BaseCommand<T> {
  /** What to type next, to a person at a terminal: on stderr, as stdout is the value that a script takes. */
  protected tellNext(text: string | null): void {
    if (text !== null && process.stderr.isTTY && !this.json) this.progress(text);
  }

  /** Runs with the person's node open; what was said is on its way when this resolves. */
  protected async withUser<V>(
    flags: unknown,
    run: (user: UserSession) => Promise<V>,
    { log, unlocked }: Partial<Pick<WireOptions, 'log' | 'unlocked'>> = {},
  ): Promise<V> {
    const given = flags as Given;
    const { wireUser } = await import('../wiring/user-session.ts');
    const user = await wireUser(this.home, given.user, {
      passphraseFile: given['passphrase-file'],
      input: !given['no-input'],
      ...{ log: log ?? stderrLog(given), unlocked },
      syncMs: given.sync,
    });
    try {
      return await run(user);
    } finally {
      await user.close();
    }
  }
}

/** For what only shows: without a relay it shows the past. */
export const warnIfStale = ({
  home,
  synced,
  exchange,
  unreached,
}: Pick<UserSession, 'home' | 'synced' | 'exchange' | 'unreached'>): void => {
  if (synced) return;
  const trouble = troubleClause(relayTrouble(home));
  const missing = (at: number) => `what was sent after ${isoTime(at)} may be missing below`;
  const syncedAt = Math.max(0, ...home.tables.list('syncs').map((row) => row.at * 1000));
  if (exchange.hasGiven()) {
    // One that withholds was read as far as it gives: nothing is left there to read on.
    const states = new Set(exchange.relays().map(({ state }) => state));
    const isReading = states.has('open') || !states.has('withholding');
    // The newest came first: what is missing is older, and as old as the last end.
    const [why, some, next] = isReading
      ? ['the relays hold more than was read in time', 'what is older', '; the next command reads on']
      : ['the relays may hold more than they give', 'some', ''];
    const known = syncedAt === 0 ? `${some} may be missing below` : missing(syncedAt);
    home.log('warning', `${why}: ${known}${trouble}${next}`);
    return;
  }
  // Another command of this home may have received more since, and kept it here
  const [last] = home.tables.list('messages', { dir: 'in' }, { order: 'line', descending: true, limit: 1 });
  const at = Math.max(syncedAt, last?.kept ?? 0);
  const known = at === 0 ? 'nothing was received yet' : missing(at);
  // The warning at the opening says why none was asked
  const unanswered = unreached ? `${unreached}: ${known}` : `no relay answered in time: ${known}${trouble}`;
  home.log('warning', home.ledger.unwritable ? known : unanswered);
};
