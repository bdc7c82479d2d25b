/** Contents stay in the ledger; the index says on which line. */

import { EntangleError } from '../../core/errors.ts';
import type { Line } from '../../core/ledger/line.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Home } from './home.ts';

/** A line that the read models know of. They are ahead of the disk for a moment: nothing is acted on before it is durable. */
export const readLine = async (home: Home, n: number): Promise<Line> => {
  for await (const line of home.ledger.read(n)) return line;
  // Appending nothing resolves when all that was appended before is on disk.
  await home.ledger.append(() => []);
  for await (const line of home.ledger.read(n)) return line;
  throw new Error(`line ${n} is indexed and not in the ledger`);
};

/** What the read models say of an event: its id, and on which line it is. */
type Kept = { readonly id: string; readonly line: number };

/**
 * The line of a row. The id is the digest of what was said: whoever wrote another line in its place and chained it is found
 * here, since one line of a closed segment is read without the rest of that.
 */
export const readRow = async (home: Home, row: Kept): Promise<Line> =>
  ofRow(row, await readLine(home, row.line));

const ofRow = ({ id, line: n }: Kept, line: Line): Line => {
  if (line.event.id === id) return line;
  throw new EntangleError('invalid', `line ${n} of the ledger is another than the one that was folded`, {
    hint: 'restore the ledger from a backup: what was accepted never changes',
  });
};

/** Nearer lines are read over, not looked for. */
const NEAR = 64;

/** Those of several rows, by rising number: what stands together is read in one go. */
export const readLines = async (home: Home, rows: readonly Kept[]): Promise<Line[]> => {
  const lines: Line[] = [];
  for (let next = rows[0]; next !== undefined; next = rows[lines.length]) {
    const before = lines.length;
    for await (const line of home.ledger.read(next.line)) {
      const wanted = rows[lines.length];
      if (wanted?.line === line.n) lines.push(ofRow(wanted, line));
      if ((rows[lines.length]?.line ?? Number.POSITIVE_INFINITY) - line.n > NEAR) break;
    }
    // Not on disk yet
    if (lines.length === before) lines.push(await readRow(home, next));
  }
  return lines;
};

/** The event with this id as the ledger keeps it; undefined where it never was. */
export const readEvent = async (home: Home, id: string | null): Promise<SignedEvent | undefined> => {
  if (id === null) return undefined;
  const row = home.tables.get('messages', id, 'in') ?? home.tables.get('messages', id, 'out');
  return row && (await readRow(home, row)).event;
};

/** Its body, trusted because it was checked when it was accepted. */
export const bodyIn = <B>({ content }: SignedEvent): B => JSON.parse(content) as B;

/** The body of the event with this id. */
export const readBody = async <B>(home: Home, id: string | null): Promise<B | undefined> => {
  const event = await readEvent(home, id);
  return event && bodyIn<B>(event);
};
