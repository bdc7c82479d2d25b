/** Contents stay in the ledger; the index says on which line. */
import type { SignedEvent } from '../core/event.ts';
import type { Home } from './home.ts';

/** The event with this id as the ledger keeps it; undefined where it never was. */
export const readEvent = async (home: Home, id: string): Promise<SignedEvent | undefined> => {
  const row = home.tables.get('messages', id, 'in') ?? home.tables.get('messages', id, 'out');
  if (!row) return undefined;
  for await (const line of home.ledger.read(Number(row.line))) return line.event;
  return undefined;
};

/** Its body, trusted because it was checked when it was accepted. */
export const readBody = async <B>(home: Home, id: string): Promise<B | undefined> => {
  const event = await readEvent(home, id);
  return event && (JSON.parse(event.content) as B);
};
