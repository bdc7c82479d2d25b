/** Ledger lines as they come about in the homes of a small federation when things are said there. */
import type { Line } from '../../src/core/ledger/line.ts';
import { composeRecord } from '../../src/core/protocol/compose.ts';
import type { RecordBody, RecordType } from '../../src/core/protocol/messages/records.ts';
import type { MessageType } from '../../src/core/protocol/table.ts';
import type { Direction } from '../../src/core/vocabulary.ts';
import type { Name, Said, World } from './world.ts';
import { NOW } from './world.ts';

export type HomeName = 'host' | 'runner' | 'user';
/** Who lives where; what others hold is not looked at. */
const HOME_OF: Partial<Record<Name, HomeName>> = {
  host: 'host',
  runner: 'runner',
  node: 'runner',
  user: 'user',
};
/** Collects lines for every home as things are said; numbers count up per sender and recipient. */
export const createChronicle = (world: World) => {
  const lines: Record<HomeName, Line[]> = { host: [], runner: [], user: [] };
  const numbers = new Map<string, number>();
  let time = NOW;
  const append = (home: HomeName, dir: Direction, event: Line['event']): void => {
    const n = lines[home].length + 1;
    lines[home].push({ n, at: '2026-11-23T10:00:00.000Z', chain: '0'.repeat(64), dir, event });
  };
  const say = <T extends MessageType>(said: Said<T>): string => {
    const key = `${said.from} ${said.to}`;
    const n = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, n);
    const event = world.compose({ at: time++, ...said, n });
    const [sender, recipient] = [HOME_OF[said.from], HOME_OF[said.to]];
    if (sender) append(sender, 'out', event);
    if (recipient) append(recipient, 'in', event);
    return event.id;
  };
  const record = <T extends RecordType>(home: HomeName, type: T, body: RecordBody<T>): void =>
    append(
      home,
      'local',
      composeRecord(world.suite, type, body, {
        secretKey: world.actors[home].secretKey,
        graph: world.graph,
        createdAt: time++,
        random: world.random,
      }),
    );
  return { lines, say, record };
};
export type Chronicle = ReturnType<typeof createChronicle>;
