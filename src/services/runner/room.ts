/** Whether a turn may begin now: places and memory, and who waits for whom. */
import { memoryLack, memoryNeed } from '../../core/graph/memory.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../messaging/read-event.ts';
import { type Runner, specOfSession } from './runner.ts';

export const hasRoomFor = async (runner: Runner, session: RowOf<'sessions'>): Promise<boolean> => {
  const { turns, lacking } = runner;
  if (!turns.hasRoom(true)) return false;
  const need = await needOf(runner, session);
  const isNext = need === 0 || !isBehind(runner, session);
  if (
    (isNext && turns.hasRoom(false, need)) ||
    (turns.hasRoom(true, need) && (await isWaitedFor(runner, session)))
  ) {
    lacking.delete(session.id);
    return true;
  }
  if (need > turns.memoryLeft()) {
    lacking.add(session.id);
    tellMemory(runner, session, need);
  }
  return false;
};

/**
 * What a node here was promised an answer of begins though many wait, also where other nodes passed the task on between:
 * else these could wait for ever. A path is its sender's word, so the node that it names must wait for something.
 */
const isWaitedFor = async (runner: Runner, session: RowOf<'sessions'>): Promise<boolean> => {
  const { home } = runner;
  const { node, requester } = session;
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

/** Why its turn can never run here, in words: the runner may have less memory now than when it took the node. */
export const lackOf = async (runner: Runner, session: RowOf<'sessions'>): Promise<string | null> => {
  const found = await specOfSession(runner, session);
  return found ? memoryLack(found.spec.engine, runner) : null;
};

/**
 * Whether what came before waits for memory: else one that needs much of it would be overtaken for ever by those that need
 * little. Who cannot begin anyway is waited for by nobody.
 */
const isBehind = ({ home, retries, lacking }: Runner, { id, line }: RowOf<'sessions'>): boolean =>
  [...lacking].some((other) => {
    const before = home.tables.get('sessions', other);
    if (other === id || before?.open !== 1 || before.line > line) return false;
    return home.leases.isLive(before.node) && !retries.isWaiting(other);
  });

/** Once a session: whoever runs the machine sees why it does not begin. */
const tellMemory = ({ home, turns, late }: Runner, { id }: RowOf<'sessions'>, need: number): void => {
  const left = turns.memoryLeft();
  const told = late.get(id) ?? new Set();
  if (told.has('memory')) return;
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
