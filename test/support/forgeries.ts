/** Genuine messages and the forgeries that both tests of the door use. */
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { type GenuineWrap, open, Rejected } from '../../src/core/protocol/open.ts';
import type { OpenContext } from '../../src/core/protocol/open-checks.ts';
import { OPEN_STEPS } from '../../src/core/protocol/open-checks.ts';
import type { Said } from './world.ts';
import { uuidOf } from './world.ts';

export const task: Said<'task.request'> = {
  type: 'task.request',
  from: 'user',
  to: 'node',
  rev: 2,
  body: { session: uuidOf(1), attempt: 1, task: 'mend it', budget: { hops: 8, turns: 5, path: ['user'] } },
};
export const beat: Said<'runner.heartbeat'> = {
  type: 'runner.heartbeat',
  from: 'runner',
  to: 'host',
  body: { beat: '0b'.repeat(16), running: 0, leases: [] },
};
/** What a runner tells of a turn: durable, about nothing that must be there before. */
export const turnOf = (n: number): Said<'turn.observed'> => ({
  type: 'turn.observed',
  from: 'runner',
  to: 'host',
  n,
  body: {
    session: uuidOf(n),
    attempt: 1,
    turn: 1,
    status: 'done',
    exitCode: 0,
    engine: 'exec',
    sandbox: 'none',
    output: '0f'.repeat(32),
  },
});
/** A person's decision; its digest is not of its subject, which is for what is behind the door to see. */
export const decision: Said<'approval.response'> = {
  type: 'approval.response',
  from: 'user',
  to: 'node',
  re: '1e'.repeat(32),
  body: {
    approval: uuidOf(7),
    decision: 'approved',
    subject: {
      domain: 'entangle/subject/1',
      graph: `${'0d'.repeat(32)}/acme`,
      policy: '0c'.repeat(32),
      approval: uuidOf(7),
      session: uuidOf(1),
      attempt: 1,
      fence: 1,
      operation: 'source.publish',
      expiresAt: 1_795_000_100,
      remote: 'https://example.org/app.git',
      ref: 'refs/heads/main',
      expectedHead: null,
      commit: '1a2b3c4d'.repeat(5),
      changes: 'cd'.repeat(32),
      hunks: 'df'.repeat(32),
    },
    subjectDigest: '5d'.repeat(32),
  },
};
export const hello: Said<'user.hello'> = {
  type: 'user.hello',
  from: 'stranger',
  to: 'host',
  body: { name: 'newcomer' },
};

export const reasonOf = (text: string, door: OpenContext, steps = OPEN_STEPS): string => {
  try {
    open(text, door, steps);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return error.reason;
  }
};

/** What is known of a wrap that is refused. */
export const wrapOf = (text: string, door: OpenContext): GenuineWrap | null => {
  try {
    open(text, door);
  } catch (error) {
    if (error instanceof Rejected) return error.wrap;
    throw error;
  }
  throw new Error('let in');
};

/** One key said twice: `JSON.parse` keeps the last and finds nothing wrong, another reader keeps the first. */
export const twice = (member: string) => (text: string) =>
  text.replace(`"${member}":`, `"${member}":0,"${member}":`);
export const retag =
  (name: string, ...values: string[]) =>
  (event: { tags: string[][] }) =>
    event.tags.map((tag) => (tag[0] === name ? [name, ...values] : tag));
export const forgedId = (_event: SignedEvent, signatureOf: (id: string) => string) => {
  const id = 'ab'.repeat(32);
  return { ..._event, id, sig: signatureOf(id) };
};
export const forgedSignature = (event: SignedEvent) => ({ ...event, sig: event.sig.replace(/^../, flipHex) });
const flipHex = (two: string) => (two === '00' ? '01' : '00');
