/** Alice's home with an editor at it, and what the node of her task says. */
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { EditorSession } from '../../src/services/user/editor-session.ts';
import { uuidOf } from '../support/world.ts';
import { SESSION, startSingleUser } from './single-user.ts';

export const QUESTION = uuidOf(0xc1);
export const MADE = 'c0'.repeat(20);

export const startEditor = async (node: string | null = 'builder') => {
  const alice = await startSingleUser();
  const { home, user, time } = alice;
  const told: string[] = [];
  const stop = new AbortController();
  const tell = async (update: { sessionUpdate: string; content?: unknown }) => {
    const { content, ...rest } = update as { sessionUpdate: string; content?: { text: string } };
    told.push(content ? content.text : JSON.stringify(rest));
  };
  const session = new EditorSession(user, node, { tell, signal: stop.signal });
  const say = (text: string, first = SESSION) => session.prompt({ text, files: [] }, first);
  let step = 0;
  const said = () => {
    const re = home.tables.get('sessions', SESSION)!.request!;
    return { from: 'node', to: 'user', re, session: SESSION } as const;
  };
  const place = { session: SESSION, attempt: 1 };
  const update = (state: 'accepted' | 'active' | 'waiting_approval') => {
    const type = state === 'accepted' ? 'task.accept' : 'task.update';
    return alice.hear({ ...said(), type, body: { ...place, step: ++step, state } });
  };
  const result = (body: Partial<BodyOf<'task.result'>> = {}) =>
    alice.hear({
      ...said(),
      type: 'task.result',
      body: { ...place, step: ++step, state: 'completed', ...body },
    });
  const question = (text: string, id = QUESTION) =>
    alice.hear({ ...said(), type: 'question', body: { ...place, step: ++step, question: id, text } });
  let at = 0;
  const print = (text: string) => {
    const where = { ...place, turn: 1, run: 'ab'.repeat(8), at, bytes: Buffer.byteLength(text) };
    at += where.bytes;
    return alice.hear({ type: 'turn.trace', from: 'node', to: 'user', body: { ...where, text } });
  };
  const artifact = () => {
    const where = { repository: 'file:///repository', branch: 'b', approval: null };
    const body = { artifact: uuidOf(0xf1), session: SESSION, commit: MADE, ...where };
    return alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
  };
  /** Asked, and the node is at work. */
  const asked = async () => {
    const turn = say('write');
    await time.until('it was sent', () => home.tables.get('sessions', SESSION));
    await update('accepted');
    await update('active');
    return turn;
  };
  const words = () => told.join('');
  const seen = (what: string) => time.until(`told: ${what}`, () => words().includes(what));
  const sent = (type: 'task.request' | 'task.cancel' | 'reply' | 'approval.response') =>
    home.tables.list('messages', { type, dir: 'out' });
  const over = <T>(turn: Promise<T>) => time.finish('the prompt', turn);
  return {
    ...{ alice, session, say, asked, words, seen, sent, over, stop },
    ...{ update, result, question, print, artifact },
  };
};
