/** When the read models of a home are written to their file. */
import { systemClock } from '../../adapters/system/clock.ts';
import type { LedgerMode } from '../../core/vocabulary.ts';
import type { Clock, Projection } from '../../ports/index.ts';
import type { Home } from '../../services/messaging/home.ts';

const SAVE_MS = 30_000;

/** Lines and refused wraps that are left to a later save: so few take less than writing the whole file. */
const FEW = 16;
/** Lines of a file that take as long to write as one line to fold. */
const WRITTEN_AS_ONE_FOLDED = 1_000;
/** Of all lines, what must be new: so each is written a few times at most, however many there come to be. */
const PART = 1 / 16;
/** Of reading relays, in seconds. */
const AN_HOUR = 3_600;

/**
 * Without it, as after a crash, nothing is lost but time: the rest of the ledger is folded again, and what no ledger has,
 * how far each relay was read and which wraps are known, is read and opened again.
 */
export const saveAtIntervals = (
  projection: Projection,
  mode: LedgerMode,
  log: Home['log'],
  clock: Pick<Clock, 'now' | 'sleep'> = systemClock,
) => {
  const isServing = mode === 'exclusive';
  const worthOf = isServing ? isWorthServing : isWorthOfCommand;
  const stopping = new AbortController();
  let isWorth = worthOf(projection, clock);
  const save = async () => {
    // By what is there before: what changes meanwhile may not be in the file
    const next = worthOf(projection, clock);
    await projection.save().then(
      () => {
        isWorth = next;
      },
      (error: Error) => log('warning', `cannot save the projection: ${error.message}`),
    );
  };
  const loop = async () => {
    // Who folded much when it started need not do so again
    if (isServing && isWorth()) await save();
    while (!stopping.signal.aborted) {
      await clock.sleep(SAVE_MS, stopping.signal);
      if (isWorth()) await save();
    }
    if (isServing) await save();
  };
  const running = loop();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
};

type IsWorth = () => boolean;
type Now = Pick<Clock, 'now'>;

/** As many wraps were refused since now as are worth remembering. */
const refusedSince = ({ tables }: Projection, clock: Now): IsWorth => {
  const start = Math.floor(clock.now() / 1000);
  return () =>
    (tables.list('refused', {}, { order: 'at', descending: true, limit: FEW })[FEW - 1]?.at ?? 0) >= start;
};

/** What a relay is like now: no ledger has it, and `runner status` reads it in the file. */
const relaysOf = ({ tables }: Projection): string =>
  JSON.stringify(tables.list('relays').map(({ relay, state, detail }) => [relay, state, detail]));

/** While it serves, by how much of it is new; at its end whatever is. An idle home has nothing to write. */
const isWorthServing = (projection: Projection, clock: Now): IsWorth => {
  const refused = refusedSince(projection, clock);
  const relays = relaysOf(projection);
  return () =>
    projection.folded - projection.saved >= Math.max(FEW, projection.saved * PART) ||
    refused() ||
    relaysOf(projection) !== relays;
};

const isWorthOfCommand = (projection: Projection, clock: Now): IsWorth => {
  const refused = refusedSince(projection, clock);
  const readTo = () => Math.max(0, ...projection.tables.list('syncs').map(({ at }) => at));
  const readBefore = readTo();
  const foldedBefore = projection.folded;
  // Who only looks is mostly followed by others who do, and each would fold the same lines; who adds some leaves more to fold
  const few = () =>
    projection.folded === foldedBefore ? Math.min(FEW, 2 + projection.saved / WRITTEN_AS_ONE_FOLDED) : FEW;
  return () =>
    projection.saved === 0 ||
    projection.folded - projection.saved >= few() ||
    refused() ||
    readTo() - readBefore >= AN_HOUR;
};
