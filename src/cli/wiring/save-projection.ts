/** When the read models of a home are written to their file. */
import { systemClock } from '../../adapters/system/clock.ts';
import type { LedgerMode } from '../../core/vocabulary.ts';
import type { Projection } from '../../ports/index.ts';
import type { Home } from '../../services/messaging/home.ts';

const SAVE_MS = 30_000;

/** Lines and refused wraps that a command leaves to the next one: so few take less than writing the whole file. */
const FEW = 16;
/** Of reading relays, in seconds. */
const AN_HOUR = 3_600;

/**
 * Without it, as after a crash, nothing is lost but time: the rest of the ledger is folded again, and what no ledger has,
 * how far each relay was read and which wraps are known, is read and opened again.
 */
export const saveAtIntervals = (projection: Projection, mode: LedgerMode, log: Home['log']) => {
  const stopping = new AbortController();
  let isWorth = worthOf(projection, mode);
  const save = async () => {
    if (!isWorth()) return;
    await projection.save().then(
      () => {
        isWorth = worthOf(projection, mode);
      },
      (error: Error) => log('warning', `cannot save the projection: ${error.message}`),
    );
  };
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await systemClock.sleep(SAVE_MS, stopping.signal);
      await save();
    }
  };
  const running = loop();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
};

/** Whether to write the file, by what came since now. A serving process writes whatever is new. */
const worthOf = (projection: Projection, mode: LedgerMode): (() => boolean) => {
  if (mode === 'exclusive') return () => true;
  const { tables } = projection;
  const start = Math.floor(systemClock.now() / 1000);
  const readTo = () => Math.max(0, ...tables.list('syncs').map(({ at }) => at));
  const readBefore = readTo();
  const refused = () => tables.list('refused', {}, { order: 'at', descending: true, limit: FEW });
  return () =>
    projection.saved === 0 ||
    projection.folded - projection.saved >= FEW ||
    (refused()[FEW - 1]?.at ?? 0) >= start ||
    readTo() - readBefore >= AN_HOUR;
};
