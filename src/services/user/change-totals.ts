/** How much a change adds and removes, counted here in the document that its approval signs: never as its node says. */
import { EntangleError } from '../../core/errors.ts';
import { inSlices } from '../../core/in-slices.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { publishOf } from '../../core/protocol/subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { diffText } from '../../core/source/diff-text.ts';
import { fetchBlob } from '../messaging/blobs.ts';
import type { Exchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import { signedDocument } from './signed-document.ts';

export type ChangeCount = { added: number; removed: number };
type Approval = Pick<RowOf<'approvals'>, 'id' | 'diff' | 'size' | 'open'>;
type Sender = Pick<Exchange, 'send'>;

/** Of a longer document nothing is counted by the way: whoever opens it waits for it. */
const MOST_BYTES = 256 * 1024;
const MOST_KEPT = 256;

/** What is asked of this person is fetched anyway; of what is over only what is here. */
const partsOf = async (home: Home, exchange: Sender, { diff, open }: Approval): Promise<Uint8Array[]> => {
  const parts: Uint8Array[] = [];
  for (const digest of diff) {
    if (open === 1) await fetchBlob(home, exchange, digest);
    const bytes = await home.blobs.get(digest);
    if (bytes) parts.push(bytes);
  }
  return parts;
};

/** Null where it is not known: too long, not all here, or not what is signed; whoever opens it is told why. */
const countOf = async (home: Home, exchange: Sender, approval: Approval): Promise<ChangeCount | null> => {
  const { id, diff, size } = approval;
  const asked = home.tables.get('approval_requests', id, home.self.pubkey);
  if (size > MOST_BYTES || !asked) return null;
  const { sha256 } = home.suite;
  try {
    const body = await readBody<BodyOf<'approval.request'>>(home, asked.message);
    const parts = await partsOf(home, exchange, approval);
    const subject = publishOf(body?.subject);
    if (!subject || parts.length !== diff.length) return null;
    const { files } = await inSlices(home.clock, signedDocument(parts, subject, 'approval', sha256));
    const all = files.map((file) => diffText(file, true, sha256));
    const sum = (of: 'added' | 'removed') => all.reduce((total, one) => total + one[of], 0);
    return { added: sum('added'), removed: sum('removed') };
  } catch (error) {
    if (error instanceof EntangleError) return null;
    throw error;
  }
};

/** Counts each change once, beside what asks for it: a screen that is drawn waits for nothing. */
export class ChangeTotals {
  readonly #home: Home;
  readonly #exchange: Sender;
  /** `at`: lines of the ledger when it was looked for. */
  readonly #known = new Map<string, { count: ChangeCount | null; at: number }>();
  readonly #sought = new Set<string>();
  /** Another one after each count. */
  version = 0;

  constructor(home: Home, exchange: Sender) {
    this.#home = home;
    this.#exchange = exchange;
  }

  /** What is known now; what is not is looked for, and once more when something came. */
  of(approval: Approval): ChangeCount | null {
    const known = this.#known.get(approval.id);
    const isStale = !known || (known.count === null && known.at !== this.#home.ledger.head.n);
    if (isStale && !this.#sought.has(approval.id))
      void this.count(approval).catch((error: unknown) => this.#failed(error));
    return known?.count ?? null;
  }

  #failed(error: unknown): void {
    this.#home.log('error', `a change was not counted: ${error instanceof Error ? error.message : error}`);
  }

  async count(approval: Approval): Promise<ChangeCount | null> {
    const { id } = approval;
    const at = this.#home.ledger.head.n;
    this.#sought.add(id);
    try {
      const count = await countOf(this.#home, this.#exchange, approval);
      this.#known.delete(id);
      this.#known.set(id, { count, at });
      if (count) this.version += 1;
      const [oldest] = this.#known.keys();
      if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
      return count;
    } finally {
      this.#sought.delete(id);
    }
  }
}
