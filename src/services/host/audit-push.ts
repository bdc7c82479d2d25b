/** Records to a collector, in order and each at least once: the cursor moves when a batch was acknowledged, and not before. */
import { EntangleError } from '../../core/errors.ts';
import type { Clock } from '../../ports/index.ts';

type Piece = { n: number; text: string };
export type AuditPush = {
  clock: Pick<Clock, 'sleep'>;
  /** Records behind the cursor, by rising number. */
  pieces: AsyncIterable<Piece>;
  /** The status that the collector answers with; rejects where it does not. */
  post(body: string): Promise<number>;
  /** Progress for whoever waits: why a batch is tried again, and when. */
  tell(text: string): void;
  /** Durable when it resolves. */
  keep(cursor: number): Promise<void>;
  signal: AbortSignal;
};

const BATCH = { records: 200, characters: 500_000 };
const TRIES = 6;
const FIRST_MS = 500;
/** A collector that means it: the same again changes nothing. */
const FINAL: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 413, 415]);

export const pushAudit = async (push: AuditPush): Promise<{ records: number; last: number | null }> => {
  let records = 0;
  let last: number | null = null;
  let batch: Piece[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    await deliver(push, batch.map(({ text }) => `${text}\n`).join(''));
    last = batch.at(-1)!.n;
    await push.keep(last);
    records += batch.length;
    [batch, size] = [[], 0];
  };
  for await (const piece of push.pieces) {
    if (batch.length >= BATCH.records || (size > 0 && size + piece.text.length > BATCH.characters))
      await flush();
    batch.push(piece);
    size += piece.text.length;
  }
  await flush();
  return { records, last };
};

const deliver = async ({ clock, post, tell, signal }: AuditPush, body: string): Promise<void> => {
  let why = '';
  for (let n = 0; n < TRIES; n++) {
    if (n > 0) {
      const ms = FIRST_MS * 2 ** (n - 1);
      tell(`the collector takes no records: ${why}; trying again in ${ms / 1000} s (${n + 1} of ${TRIES})`);
      await clock.sleep(ms, signal);
    }
    signal.throwIfAborted();
    const status = await post(body).catch((error: unknown) => {
      why = error instanceof Error ? error.message : String(error);
      return null;
    });
    if (status === null) continue;
    if (status >= 200 && status < 300) return;
    why = `it answered ${status}`;
    if (FINAL.has(status)) break;
  }
  throw new EntangleError('unavailable', `the collector takes no records: ${why}`, {
    hint: 'see what it says there, then run the same again: it goes on behind what was acknowledged',
  });
};
