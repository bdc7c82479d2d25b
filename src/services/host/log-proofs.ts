/** Proves to runners that what the Host stated of commits is in its log, when the log has signed a head with it. */
import { readTlogProof, writeTlogProof } from '../../core/evidence/tlog-proof.ts';
import { resting } from '../../core/in-slices.ts';
import { leafOf } from '../../core/ledger/line.ts';
import { EMPTY_TREE } from '../../core/ledger/merkle.ts';
import { logOrigin, writeNote } from '../../core/ledger/note.ts';
import { createSubtrees, inclusionRanges, type LeafRange } from '../../core/ledger/subtrees.ts';
import { isPruned } from '../../core/projection/fold.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Home } from '../messaging/home.ts';
import { bodyIn, readLine, readRow } from '../messaging/read-event.ts';
import { newestCheckpoint } from './checkpoints.ts';
import type { Host } from './host.ts';

/** Of the rest of its row, thousands would be much. */
type Stated = Pick<RowOf<'evidence_requests'>, 'id' | 'line'>;
type Checkpoint = RecordBody<'checkpoint'>;
/** The root of each subtree that a proof under one head needs. */
type Roots = ReturnType<typeof createSubtrees>;
const CHECKPOINTS = { type: 'checkpoint', dir: 'local' } as const;
/** Rows that are looked at in one go. */
const PAGE = 256;

/** Looks once for each checkpoint, whoever had it signed. */
export const createLogProofs = (host: Host): (() => Promise<void>) => {
  const { home } = host;
  let looked = 0;
  /** The last line under a head that was looked at: what was not proved by the first one never is. */
  let under = 0;
  return async () => {
    const line = newestCheckpoint(home)?.line ?? 0;
    if (line === looked) return;
    const waiting = await statedAfter(home, under);
    while (waiting.length > 0) {
      const head = await headOver(home, waiting[0]!.line, line);
      if (!head) break;
      // The first head over a line is that of all later ones that it has
      const without = waiting.findIndex((stated) => stated.line > head.size);
      await proveUnder(host, head, waiting.splice(0, without === -1 ? waiting.length : without));
      under = head.size;
    }
    looked = line;
  };
};

const statedAfter = async ({ tables, clock }: Home, line: number): Promise<Stated[]> => {
  const rest = resting(clock);
  const all: Stated[] = [];
  for (let after = line; ; await rest()) {
    const page = tables.list('evidence_requests', { state: 'stated' }, { order: 'line', after, limit: PAGE });
    for (const { id, line } of page) all.push({ id, line });
    const last = page.at(-1);
    if (!last || page.length < PAGE) return all;
    after = last.line;
  }
};

/**
 * Lines come while one is signed: the first after a line may be without it. Of one after `last`, signed since what waits was
 * looked for, more is under it than that.
 */
const headOver = async (home: Home, line: number, last: number): Promise<Checkpoint | null> => {
  for (const row of home.tables.list('messages', CHECKPOINTS, { order: 'line', after: line, limit: 8 })) {
    if (row.line > last) return null;
    const head = bodyIn<Checkpoint>((await readRow(home, row)).event);
    if (head.size >= line) return head;
  }
  return null;
};

const proveUnder = async (host: Host, head: Checkpoint, stated: readonly Stated[]): Promise<void> => {
  const { home } = host;
  const roots = await rootsUnder(home, head, stated);
  for (const { id, line } of stated) {
    const asked = home.tables.get('evidence_requests', id);
    const proof = asked && (await proofOf(home, head, roots, line));
    if (!proof) continue;
    const { session, approval, runner } = asked;
    await host.exchange.send([
      {
        type: 'evidence.logged',
        from: home.self.pubkey,
        to: runner,
        body: { session, approval, proof },
        re: id,
        dedup: `evidence-proof:${id}`,
      },
    ]);
  }
};

/** All of them in one reading, of the lines since what was signed before the first: a few hundred, however long the ledger is. */
const rootsUnder = async (home: Home, { size }: Checkpoint, stated: readonly Stated[]): Promise<Roots> => {
  const { tables, suite, ledger, clock } = home;
  const [before] = tables.list('messages', CHECKPOINTS, {
    ...({ order: 'line', descending: true } as const),
    ...{ after: stated[0]!.line, limit: 1 },
  });
  const old = before ? bodyIn<Checkpoint>((await readRow(home, before)).event) : EMPTY_TREE;
  const { peaks } = old;
  const roots = createSubtrees(suite.sha256, size, pathsOf(stated, size), { size: old.size, peaks });
  // The first head of a log may be of years
  const rest = resting(clock);
  for await (const line of ledger.read(old.size + 1)) {
    if (line.n > size) break;
    roots.add(leafOf(suite.sha256, line));
    await rest();
  }
  return roots;
};

function* pathsOf(stated: readonly Stated[], size: number): Generator<LeafRange> {
  for (const { line } of stated) yield* inclusionRanges(line - 1, size);
}

const proofOf = async (home: Home, head: Checkpoint, roots: Roots, n: number): Promise<string | null> => {
  const { sha256 } = home.suite;
  const line = await readLine(home, n);
  if (isPruned(line.event)) return null;
  const { size, root, log, sig } = head;
  const proof = writeTlogProof({
    line,
    path: inclusionRanges(n - 1, size).map((range) => roots.rootOf(range)),
    note: writeNote(sha256, { origin: logOrigin(home.graph), size, root }, { log, sig }),
  });
  // A key of the log that was made anew signs no head of what the one before it stated
  const by = bodyIn<BodyOf<'evidence.statement'>>(line.event).statement?.log ?? '';
  return readTlogProof(sha256, proof, { event: line.event, graph: home.graph, log: by }) && proof;
};
