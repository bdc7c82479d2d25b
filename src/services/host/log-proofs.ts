/** Proves to runners that what the Host stated of commits is in its log, when the log has signed a head with it. */
import { readTlogProof, writeTlogProof } from '../../core/evidence/tlog-proof.ts';
import { type Line, leafOf } from '../../core/ledger/line.ts';
import { EMPTY_TREE } from '../../core/ledger/merkle.ts';
import { logOrigin, writeNote } from '../../core/ledger/note.ts';
import { inclusionFrom } from '../../core/ledger/subtrees.ts';
import { isPruned } from '../../core/projection/fold.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from '../messaging/home.ts';
import { bodyIn, readLine } from '../messaging/read-event.ts';
import { newestCheckpoint } from './checkpoints.ts';
import type { Host } from './host.ts';

type Asked = RowOf<'evidence_requests'>;
type Checkpoint = RecordBody<'checkpoint'>;
const CHECKPOINTS = { type: 'checkpoint', dir: 'local' } as const;

/** Looks once for each checkpoint, whoever had it signed. */
export const createLogProofs = (host: Host): (() => Promise<void>) => {
  const { home } = host;
  let looked = 0;
  return async () => {
    const line = newestCheckpoint(home)?.line ?? 0;
    if (line === looked) return;
    for (const asked of home.tables.list('evidence_requests', { state: 'stated' })) await prove(host, asked);
    looked = line;
  };
};

const prove = async (host: Host, asked: Asked): Promise<void> => {
  const { home } = host;
  const row = home.tables.get('messages', asked.statement ?? '', 'out');
  const proof = row && (await proofOf(home, row.line));
  if (!proof) return;
  const { session, approval, runner } = asked;
  await host.exchange.send([
    {
      type: 'evidence.logged',
      from: home.self.pubkey,
      to: runner,
      body: { session, approval, proof },
      re: asked.id,
      dedup: `evidence-proof:${asked.id}`,
    },
  ]);
};

/** By the first head after it, and what was signed before it: a few hundred lines are read, however long the ledger is. */
const proofOf = async (home: Home, line: number): Promise<string | null> => {
  const { tables, suite, graph } = home;
  const { sha256 } = suite;
  const stated = await readLine(home, line);
  if (isPruned(stated.event)) return null;
  const head = await headOver(home, line);
  if (!head) return null;
  const [before] = tables.list('messages', CHECKPOINTS, {
    ...({ order: 'line', descending: true } as const),
    ...{ after: line, limit: 1 },
  });
  const old = before ? bodyIn<Checkpoint>((await readLine(home, before.line)).event) : EMPTY_TREE;
  const leaves: string[] = [];
  for await (const one of linesUpTo(home, old.size + 1, head.size)) leaves.push(leafOf(sha256, one));
  const { size, root, log, sig } = head;
  const proof = writeTlogProof({
    line: stated,
    path: inclusionFrom(sha256, { size: old.size, peaks: old.peaks }, leaves, line - 1),
    note: writeNote(sha256, { origin: logOrigin(graph), size, root }, { log, sig }),
  });
  // A key of the log that was made anew signs no head of what the one before it stated
  const by = bodyIn<BodyOf<'evidence.statement'>>(stated.event).statement?.log ?? '';
  return readTlogProof(sha256, proof, { event: stated.event, graph, log: by }) && proof;
};

/** Lines come while one is signed: the first after a line may be without it. */
const headOver = async (home: Home, line: number): Promise<Checkpoint | null> => {
  for (const row of home.tables.list('messages', CHECKPOINTS, { order: 'line', after: line, limit: 8 })) {
    const head = bodyIn<Checkpoint>((await readLine(home, row.line)).event);
    if (head.size >= line) return head;
  }
  return null;
};

async function* linesUpTo(home: Home, from: number, to: number): AsyncGenerator<Line> {
  for await (const line of home.ledger.read(from)) {
    if (line.n > to) return;
    yield line;
  }
}
