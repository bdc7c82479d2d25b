/** What a grant repeats of the request that it was signed for: all of it but which request it was, byte for byte. */
import type { Suite } from '../crypto/suite.ts';
import { digestOf } from '../encoding/canonical.ts';
import type { Binding, GrantReach } from '../vocabulary.ts';
import type { ApprovalSubject } from './messages/a2a.ts';

/** What tells one request from an equal one. */
const ONCE: ReadonlySet<string> = new Set(['approval', 'session', 'attempt', 'fence', 'expiresAt', 'turn']);

const callOf = (subject: ApprovalSubject) =>
  Object.fromEntries(Object.entries(subject).filter(([name]) => !ONCE.has(name)));

/** Of one node key, and of one session of it unless the whole node is meant: of no other runner, graph or policy. */
export const scopeOf = (suite: Suite, subject: ApprovalSubject, node: string, reach: GrantReach): string =>
  digestOf(suite, {
    domain: 'entangle/scope/1',
    node,
    session: reach === 'session' ? subject.session : null,
    call: callOf(subject),
  });

const UNGRANTED: Readonly<Record<Binding, string | null>> = {
  exact: null,
  content: null,
  declared: null,
  described: 'the agent gives words alone, which it may have cut: nobody can tell a repeat of them',
};
export const bindingUngranted = (binding: Binding): string | null => UNGRANTED[binding];
/** Why repeats of it cannot be granted; null where they can. */
export const ungranted = (subject: ApprovalSubject): string | null =>
  subject.operation === 'source.publish'
    ? 'a commit is published once: there is no repeat of it'
    : bindingUngranted(subject.binding);

/** Of an equal request: what its own subject has in place of that of the one the grant was signed for. */
export type Repeat = Pick<ApprovalSubject, 'approval' | 'session' | 'attempt' | 'fence' | 'expiresAt'> & {
  turn: number;
};
/** The digest that the subject of the repeat has, where it is one. */
export const repeatDigest = (suite: Suite, subject: ApprovalSubject, repeat: Repeat): string => {
  const { approval, session, attempt, fence, expiresAt, turn } = repeat;
  return digestOf(suite, { ...subject, approval, session, attempt, fence, expiresAt, turn });
};
