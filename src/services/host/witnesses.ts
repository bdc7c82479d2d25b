/** Answers who asks for a checkpoint: the newest that a few lines lead to from theirs, with the proof that theirs is a part of it. */

import { type Line, leafOf } from '../../core/ledger/line.ts';
import { proofFrom } from '../../core/ledger/subtrees.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from '../messaging/home.ts';
import { bodyIn, readRow } from '../messaging/read-event.ts';
import { checkpointNow, newestCheckpoint } from './checkpoints.ts';
import type { Host } from './host.ts';

/** Lines that are read for one answer, up to the next checkpoint: who is further behind asks again. */
const STEP_LINES = 1_024;
/** One question of each member is answered in this time: an answer costs more than a question. */
const EACH_MS = 1_000;

type Checkpoint = RecordBody<'checkpoint'>;
type Answer = Pick<BodyOf<'checkpoint.proof'>, 'checkpoint' | 'proof'>;

export const createWitnesses = (
  host: Host,
): ((m: Message<BodyOf<'checkpoint.request'>>) => Promise<void>) => {
  const { home } = host;
  const asked = new Map<string, number>();
  return async (m) => {
    const now = home.clock.monotonic();
    if (now - (asked.get(m.from) ?? Number.NEGATIVE_INFINITY) < EACH_MS) return;
    asked.set(m.from, now);
    const answer = await answerTo(host, m.body.held);
    if (answer === null) return;
    await host.exchange.sendEphemeral({
      type: 'checkpoint.proof',
      from: home.self.pubkey,
      to: m.from,
      body: { asked: m.body.held, ...answer, restored: home.tables.get('epoch', 'takeover')?.n ?? 0 },
      dedup: `checkpoint:${answer.checkpoint.id}`,
    });
  };
};

/** Null where nothing was signed yet, and nobody says that it was. */
const answerTo = async (host: Host, held: string | null): Promise<Answer | null> => {
  const { home } = host;
  // What is told of is on disk: the read models are ahead of it for a moment
  await home.ledger.append(() => []);
  const row = held === null ? undefined : home.tables.get('messages', held, 'local');
  if (row?.type === 'checkpoint') return since(home, await readRow(home, row));
  if (held !== null && newestCheckpoint(home) === undefined) await checkpointNow(host);
  const newest = newestCheckpoint(home);
  if (!newest) return null;
  const { event } = await readRow(home, newest);
  return { checkpoint: carried(event), proof: held === null ? [] : null };
};

const since = async (home: Home, held: Line): Promise<Answer> => {
  const { sha256 } = home.suite;
  const { size, peaks } = bodyIn<Checkpoint>(held.event);
  const leaves: string[] = [];
  let checkpoint = held.event;
  for await (const line of home.ledger.read(size + 1)) {
    if (isCheckpoint(line)) checkpoint = line.event;
    if (isCheckpoint(line) && leaves.length >= STEP_LINES) break;
    leaves.push(leafOf(sha256, line));
  }
  const added = bodyIn<Checkpoint>(checkpoint).size - size;
  return {
    checkpoint: carried(checkpoint),
    proof: proofFrom(sha256, { size, peaks }, leaves.slice(0, added)),
  };
};

const isCheckpoint = ({ dir, event }: Line): boolean =>
  dir === 'local' && event.tags.some(([name, value]) => name === 'type' && value === 'checkpoint');

const carried = (event: SignedEvent): Answer['checkpoint'] => ({
  ...event,
  tags: event.tags.map((tag) => [...tag]),
});
