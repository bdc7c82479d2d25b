/** What comes to a door in numbers and sizes that nobody honest has, and words about what belongs to somebody else. */
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { LieName } from './histories.ts';
import { keyOf } from './intruder.ts';
import {
  lastLine,
  newcomer,
  newId,
  nodeKey,
  person,
  request,
  saidIn,
  type TellLie,
  turnObserved,
} from './lies-kit.ts';

const FLOOD = 40;
/** The last second that an event can carry. */
const FAR_FUTURE = 253_402_300_799;
/** Unix seconds of the year 11476: a number that the wire can carry and no calendar of ours. */
const NEVER = 300_000_000_000;

export const liesAtTheDoor = {
  'a newcomer says hello from the far future': (told) => newcomer(told, true, FAR_FUTURE).then(() => {}),
  'builder asks for a consent that never ends': (told) => {
    const key = nodeKey(told, 'builder');
    const asked = Object.values(told.fed.runners).flatMap(
      ({ home }) => lastLine(home, 'out', 'approval.request') ?? [],
    )[0];
    if (!key || !asked) return undefined;
    const said = saidIn<{ subject: object }>(asked);
    const body = { ...said, approval: newId(told.session), subject: { ...said.subject, expiresAt: NEVER } };
    return told.intruder.say(key, 'approval.request', person(told, 'alice').pubkey, body, {
      role: 'node',
      isUnchecked: true,
    });
  },
  'builder closes a crowd of questions that it did not put': async (told) => {
    const key = nodeKey(told, 'builder');
    if (!key) return;
    for (let i = 0; i < FLOOD; i++) {
      const approval = `${told.session.slice(0, -6)}${(0xa00000 + i).toString(16)}`;
      const body = { approval, session: told.session, subjectDigest: 'ab'.repeat(32), state: 'approved' };
      await told.intruder.say(key, 'approval.closed', person(told, 'alice').pubkey, body, {
        role: 'node',
        re: i.toString(16).padStart(64, '0'),
      });
    }
  },
  'helper says what builder published': (told) => {
    const key = nodeKey(told, 'helper');
    const { session } = told;
    const where = { repository: 'file:///elsewhere', branch: 'main', commit: 'ee'.repeat(20) };
    const body = { artifact: newId(session), session, ...where, approval: null };
    return key
      ? told.intruder.say(key, 'artifact.ref', person(told, 'alice').pubkey, body, { role: 'node' })
      : undefined;
  },
  'a runner turns a decision over': (told) => {
    const { fed, intruder } = told;
    const shown = Object.values(fed.runners).flatMap(({ home }) => {
      const line = lastLine(home, 'out', 'approval.observed', ({ event }) => event.content.includes('"sig"'));
      return line ? [{ home, line }] : [];
    })[0];
    if (!shown) return undefined;
    const said = saidIn<{ state: string; evidence: SignedEvent[] }>(shown.line);
    const state = said.state === 'rejected' ? 'approved' : 'rejected';
    const lie = { role: 'runner' } as const;
    return intruder.say(keyOf(shown.home), 'approval.observed', fed.host.home.host, { ...said, state }, lie);
  },
  'strangers come in a crowd': async ({ fed, intruder, session }) => {
    for (let i = 0; i < FLOOD; i++)
      await intruder.say(intruder.freshKey(), 'turn.observed', fed.host.home.host, turnObserved(session), {
        role: 'runner',
      });
  },
  'a newcomer writes to everybody': async (told) => {
    const key = await newcomer(told, true);
    if (!key) return;
    const all = [...Object.values(told.fed.people), ...Object.values(told.fed.runners)];
    for (const { home } of all)
      for (const role of ['user', 'node', 'host'] as const)
        await told.intruder.say(key, 'task.request', home.self.pubkey, request(newId(told.session)), {
          role,
        });
  },
  'a wrap is of another cipher': async (told) => {
    const { fed, intruder, session } = told;
    const key = intruder.freshKey();
    await intruder.say(key, 'turn.observed', fed.host.home.host, turnObserved(session), { role: 'runner' });
    const wrap = intruder.wrapsTo({ ...key, pubkey: fed.host.home.host }).at(-1);
    if (wrap) await intruder.publish({ ...wrap, content: `#${wrap.content}` });
  },
} satisfies Partial<Record<LieName, TellLie>>;
