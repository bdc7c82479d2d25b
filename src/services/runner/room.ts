/** Whether a turn may begin now: places and memory, and who waits for whom. */
import { memoryNeed } from '../../core/graph/memory.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../messaging/read-event.ts';
import { type Runner, specOfSession } from './runner.ts';

/**
 * What a node here was promised an answer of begins though many wait, also where other nodes passed the task on between:
 * else these could wait for ever. A path is its sender's word, so the node that it names must wait for something.
 */
export const hasRoomFor = async (runner: Runner, session: RowOf<'sessions'>): Promise<boolean> => {
  const { home, turns } = runner;
  const { node, requester } = session;
  if (!turns.hasRoom(true)) return false;
  const need = await needOf(runner, session);
  if (turns.hasRoom(false, need)) return true;
  if (turns.hasRoom(true)) tellMemory(runner, session, need);
  if (!turns.hasRoom(true, need)) return false;
  const isWaiting = (pubkey: string): boolean =>
    home.tables.count('sessions', { requester: pubkey, open: 1 }) > 0;
  const nodes = [...home.identities.values()].filter(({ role }) => role === 'node');
  const here = new Set(nodes.filter(({ pubkey }) => isWaiting(pubkey)).map(({ name }) => name));
  if (here.size === 0) return false;
  const [sender] = home.tables.list('peers', { owner: node, pubkey: requester });
  if (sender?.kind === 'user') return false;
  return (await pathOf(runner, session)).some((name) => here.has(name));
};

export const needOf = async (runner: Runner, session: RowOf<'sessions'>): Promise<number> => {
  const found = await specOfSession(runner, session);
  return found ? memoryNeed(found.spec.engine) : 0;
};

/** Once a session: whoever runs the machine sees why it does not begin. */
const tellMemory = ({ home, turns, late }: Runner, { id }: RowOf<'sessions'>, need: number): void => {
  const left = turns.memoryLeft();
  const told = late.get(id) ?? new Set();
  if (need <= left || told.has('memory')) return;
  late.set(id, told.add('memory'));
  home.log('info', `session ${id} waits for memory: its agent wants ${need} MiB, and ${left} are left`);
};

/** Read once: who waits for a place is looked at again and again. */
const pathOf = async (
  { home, paths }: Runner,
  { id, request }: RowOf<'sessions'>,
): Promise<readonly string[]> => {
  const known = paths.get(id);
  if (known?.request === request) return known.path;
  const path = (await readBody<BodyOf<'task.request'>>(home, request))?.budget.path ?? [];
  paths.set(id, { request, path });
  return path;
};
