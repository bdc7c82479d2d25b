/** Tells how far a start has come with its ledger, where that takes long. */
import type { Clock } from '../../ports/index.ts';
import type { Home } from '../../services/messaging/home.ts';

const TELL_MS = 5_000;
/** Lines between two looks at the clock. */
const STRIDE = 256;

export const foldProgress = (log: Home['log'], clock: Pick<Clock, 'monotonic'>): ((line: number) => void) => {
  let told = clock.monotonic();
  return (line) => {
    if (line % STRIDE !== 0 || clock.monotonic() - told < TELL_MS) return;
    told = clock.monotonic();
    log('info', `still reading the ledger: ${line} lines so far`);
  };
};
