/** What somebody with a stolen key says in a random history, though neither role nor edge lets them. */
import type { Federation } from './federation.ts';
import type { LieName } from './histories.ts';
import { type Intruder, type Key, keyOf, subjectIn } from './siege.ts';

type Told = { fed: Federation; intruder: Intruder; session: string };
const newId = (session: string) => `${session.slice(0, -6)}abcdef`;
const ended = (session: string) => ({ session, attempt: 1, step: 9, state: 'completed' });
const request = (session: string) => ({
  session,
  attempt: 1,
  task: 'write lies',
  budget: { hops: 8, turns: 50, path: ['bob'] },
});
const observed = (fed: Federation, session: string) => ({
  ...ended(session),
  node: 'builder',
  requester: fed.people.alice!.home.self.pubkey,
  evidence: [],
});

/** The key of a node where it runs; null while it runs nowhere. */
const nodeKey = ({ fed, intruder }: Told, node: string): Key | null => {
  const runner = Object.values(fed.runners).find(
    ({ home }) => home.tables.list('assignments', { node, state: 'active' }).length > 0,
  );
  return runner ? intruder.nodeKey(runner.name, node) : null;
};
const person = ({ fed }: Told, name: string): Key => keyOf(fed.people[name]!.home);

/** Resolves when it was published, or when there is nobody to lie to. */
export const tellLie: Record<LieName, (told: Told) => Promise<void> | undefined> = {
  'bob asks builder': (told) => {
    const to = nodeKey(told, 'builder')?.pubkey;
    const body = request(newId(told.session));
    return to === undefined
      ? undefined
      : told.intruder.say(person(told, 'bob'), 'task.request', to, body, { role: 'user' });
  },
  'bob cancels for alice': (told) => {
    const to = nodeKey(told, 'builder')?.pubkey;
    const body = { session: told.session, reason: 'I say so' };
    return to === undefined
      ? undefined
      : told.intruder.say(person(told, 'bob'), 'task.cancel', to, body, { role: 'user' });
  },
  'bob approves what is not his': (told) => {
    const to = nodeKey(told, 'helper');
    const [row] = Object.values(told.fed.runners).flatMap(({ home }) =>
      home.tables.list('approvals', { open: 1 }).map((approval) => ({ home, approval })),
    );
    if (!to || !row) return undefined;
    const { home, approval } = row;
    const about = { subject: subjectIn(home, approval.id), subjectDigest: approval.subject };
    const body = { approval: approval.id, decision: 'approved', ...about };
    const lie = { role: 'user', re: '00'.repeat(32) } as const;
    return told.intruder.say(person(told, 'bob'), 'approval.response', to.pubkey, body, lie);
  },
  'alice speaks as the Host': (told) => {
    const to = Object.values(told.fed.runners)[0]!.home.self.pubkey;
    const body = { runner: 'r1', state: 'revoked' };
    return told.intruder.say(person(told, 'alice'), 'runner.trust', to, body, { role: 'host' });
  },
  'alice trusts a runner': (told) => {
    const body = { runner: 'r1', state: 'trusted' };
    const to = told.fed.host.home.host;
    return told.intruder.say(person(told, 'alice'), 'runner.trust', to, body, { role: 'user' });
  },
  'helper ends what builder does': (told) => {
    const key = nodeKey(told, 'helper');
    const to = person(told, 'alice').pubkey;
    return key ? told.intruder.say(key, 'task.result', to, ended(told.session), { role: 'node' }) : undefined;
  },
  'builder asks alice': (told) => {
    const key = nodeKey(told, 'builder');
    const to = person(told, 'alice').pubkey;
    const body = { session: told.session, reason: 'I say so' };
    return key ? told.intruder.say(key, 'task.cancel', to, body, { role: 'node' }) : undefined;
  },
  'a stranger observes': ({ fed, intruder, session }) =>
    intruder.say(intruder.freshKey(), 'session.observed', fed.host.home.host, observed(fed, session), {
      role: 'runner',
    }),
  'a runner observes for another': ({ fed, intruder, session }) => {
    // What a runner says of its own session is its own word, however false.
    const liar = Object.values(fed.runners).find(({ home }) => !home.tables.get('sessions', session));
    if (!liar) return undefined;
    const key = keyOf(liar.home);
    return intruder.say(key, 'session.observed', fed.host.home.host, observed(fed, session), {
      role: 'runner',
    });
  },
};
