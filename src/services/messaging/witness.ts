/** A member keeps the Host’s checkpoints: each must be of the ledger that the one before was of, or nothing of the Host is obeyed. */
import { isContinued, readHostCheckpoint } from '../../core/ledger/host-checkpoint.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { hostOf } from './authority.ts';
import type { Exchange } from './exchange.ts';
import { epochOf, type Home } from './home.ts';
import { isRewritten } from './host-conflict.ts';
import { reconcile } from './reconciler.ts';
import { record } from './rejections.ts';

const LOOK_MS = 10_000;
/** As often as a Host signs one of which little happens. */
const ASK_MS = 10 * 60_000;

type Proof = Message<BodyOf<'checkpoint.proof'>>;
export type Witness = { heard(m: Message): void; stop(): Promise<void> };

/** `afterMs`: how long the first question waits, so that a command which is over at once asks nothing. */
export const startWitness = (
  home: Home,
  exchange: () => Pick<Exchange, 'sendEphemeral'>,
  { afterMs, changed }: { afterMs: number; changed: () => void },
): Witness => {
  const failed = (error: unknown) =>
    home.log('error', `cannot keep a checkpoint: ${error instanceof Error ? error.message : error}`);
  const begun = home.clock.monotonic();
  let due = begun + afterMs;
  let epoch = 0;
  const looks = reconcile(
    home.clock,
    LOOK_MS,
    async () => {
      const now = home.clock.monotonic();
      const { n } = epochOf(home);
      if (!isMember(home) || now < begun + afterMs) return;
      if (now < due && n === epoch && !isRewritten(home)) return;
      [due, epoch] = [now + ASK_MS, n];
      await exchange().sendEphemeral({
        type: 'checkpoint.request',
        from: home.self.pubkey,
        to: home.host,
        body: { held: heldIn(home) },
        dedup: `checkpoint:${now}`,
      });
    },
    failed,
  );
  let last: Promise<unknown> = Promise.resolve();
  const take = async (m: Proof): Promise<void> => {
    const before = heldIn(home);
    if (!(await judge(home, m))) return;
    // Who was far behind has the next one soon
    if (heldIn(home) !== before) due = 0;
    changed();
  };
  return {
    heard(m) {
      if (m.type === 'checkpoint.proof') last = last.then(() => take(m as Proof)).catch(failed);
    },
    async stop() {
      await looks.stop();
      await last;
    },
  };
};

const heldIn = ({ tables }: Home): string | null => tables.get('witness', 'host')?.event ?? null;

/** Whom the Host knows: it answers nobody else. */
const isMember = ({ kind, tables, self }: Home): boolean =>
  kind === 'runner'
    ? tables.get('trust', self.pubkey)?.state === 'trusted'
    : tables.get('routes', self.pubkey) !== undefined;

/** True when something was written down. */
const judge = async (home: Home, m: Proof): Promise<boolean> => {
  const { suite, tables } = home;
  const { asked, checkpoint: event, proof, restored } = m.body;
  const held = tables.get('witness', 'host');
  const next = readHostCheckpoint(suite, hostOf(home), event);
  // To a question that was answered meanwhile, also by another process of this home
  if (next === null || asked !== (held?.event ?? null) || event.id === asked) return false;
  const keep = async (instead: string | null): Promise<true> => {
    await record(home, 'checkpoint.kept', { restored, instead, event });
    return true;
  };
  if (!held) return keep(null);
  if (isContinued(suite.sha256, held, next, proof)) return next.size > held.size && keep(null);
  if (restored > held.restored && restored <= m.epoch.n) {
    home.log('warning', `the Host was restored: it has no more what it had at line ${held.size}`);
    return keep(held.event);
  }
  if (isRewritten(home)) return false;
  home.log('error', `the Host rewrote its history: it is not the one of line ${held.size} any more`);
  const carried = { ...m.event, tags: m.event.tags.map((tag) => [...tag]) };
  await record(home, 'history.conflict', { held: held.event, event: carried });
  return true;
};
