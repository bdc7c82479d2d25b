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

/** Nearer lines are read over, not looked for. */
const NEAR = 64;

/** Several of them, by rising number: what stands together is read in one go. */
export const readLines = async (home: Home, numbers: readonly number[]): Promise<Line[]> => {
  const lines: Line[] = [];
  for (let next = numbers[0]; next !== undefined; next = numbers[lines.length]) {
    const before = lines.length;
    for await (const line of home.ledger.read(next)) {
      if (line.n === numbers[lines.length]) lines.push(line);
      if ((numbers[lines.length] ?? Number.POSITIVE_INFINITY) - line.n > NEAR) break;
    }
    // Not on disk yet
    if (lines.length === before) lines.push(await readLine(home, next));
  }
  return lines;
};

/** The event with this id as the ledger keeps it; undefined where it never was. */
export const readEvent = async (home: Home, id: string | null): Promise<SignedEvent | undefined> => {
  if (id === null) return undefined;
  const row = home.tables.get('messages', id, 'in') ?? home.tables.get('messages', id, 'out');
  if (row === undefined) return undefined;
  const { event } = await readLine(home, row.line);
  // The id is the digest of what was said: whoever wrote another line in its place and chained it is found here
  if (event.id === id) return event;
  throw new EntangleError(
    'invalid',
    `line ${row.line} of the ledger is another than the one that was folded`,
    {
      hint: 'restore the ledger from a backup: what was accepted never changes',
    },
  );
};

/** Its body, trusted because it was checked when it was accepted. */
export const bodyIn = <B>({ content }: SignedEvent): B => JSON.parse(content) as B;

/** The body of the event with this id. */
export const readBody = async <B>(home: Home, id: string | null): Promise<B | undefined> => {
  const event = await readEvent(home, id);
  return event && bodyIn<B>(event);
};
