/** What somebody says with the key of a node, a runner or nobody, though they were neither asked nor trusted to. */
import type { LieName } from './histories.ts';
import { keyOf } from './intruder.ts';
import {
  assignmentsOf,
  ended,
  lastLine,
  newcomer,
  newId,
  nodeKey,
  observed,
  person,
  request,
  runnersThatAre,
  saidIn,
  type TellLie,
  toHost,
  turnObserved,
} from './lies-kit.ts';

export const liesOfRunners = {
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
  'a runner observes for another': (told) => {
    const { fed, session } = told;
    const { tables } = fed.host.home;
    const tellers = tables.list('transitions', { kind: 'session', id: session, attempt: 1 });
    // What a runner says of its own session is its own word, however false.
    const liar = runnersThatAre(fed, 'trusted').find(({ home: { self } }) =>
      tellers.some(({ by }) => by !== self.pubkey),
    );
    return liar && toHost(told, keyOf(liar.home), 'session.observed', observed(fed, session));
  },
  'a runner observes a node that it never had': (told) => {
    const { fed } = told;
    const liar = runnersThatAre(fed, 'trusted').find(({ home: { self } }) =>
      assignmentsOf(fed.host.home, self.pubkey).every(({ node }) => node !== 'builder'),
    );
    return liar && toHost(told, keyOf(liar.home), 'session.observed', observed(fed, newId(told.session)));
  },
  'builder closes what it did not ask': (told) => {
    const key = nodeKey(told, 'builder');
    const about = { approval: newId(told.session), session: told.session, subjectDigest: 'ab'.repeat(32) };
    const lie = { role: 'node', re: '00'.repeat(32) } as const;
    const body = { ...about, state: 'approved' };
    return key
      ? told.intruder.say(key, 'approval.closed', person(told, 'alice').pubkey, body, lie)
      : undefined;
  },
  'a newcomer observes': async (told) => {
    const key = await newcomer(told, true);
    if (!key) return;
    // Its hello is judged first.
    await told.fed.time.pass(1000);
    await toHost(told, key, 'turn.observed', turnObserved(told.session));
  },
  'a newcomer guesses an invite': (told) => newcomer(told, false).then(() => {}),
  'a revoked runner goes on': (told) => {
    const { fed } = told;
    const isTold = fed.host.home.tables.list('transitions', { kind: 'session' });
    // Of what it told of while it was trusted, its trust alone is in its way.
    const [goesOn] = runnersThatAre(fed, 'revoked').flatMap(({ home }) =>
      isTold.filter(({ by }) => by === home.self.pubkey).map(({ id }) => ({ home, id })),
    );
    return goesOn && toHost(told, keyOf(goesOn.home), 'turn.observed', turnObserved(goesOn.id));
  },
  'a runner lets go of what is another’s': (told) => {
    const { fed } = told;
    const [row] = fed.host.home.tables.list('assignments', { state: 'active' });
    const liar = runnersThatAre(fed, 'trusted').find(({ home }) => home.self.pubkey !== row?.runner);
    if (!liar || !row) return undefined;
    const body = { assignment: row.id, fence: row.fence, state: 'stopped' };
    return toHost(told, keyOf(liar.home), 'assignment.receipt', body);
  },
  'a runner takes its node with a false proof': (told) => {
    const { fed, intruder } = told;
    const liar = runnersThatAre(fed, 'trusted').find(({ home }) =>
      lastLine(home, 'out', 'assignment.accept'),
    );
    const line = liar && lastLine(liar.home, 'out', 'assignment.accept');
    if (!line) return undefined;
    const body = saidIn<{ assignment: string; pubkey: string }>(line);
    const key = intruder.freshKey();
    const proof = intruder.sign(key, 'task.request', key.pubkey, request(told.session), { role: 'node' });
    const re = line.event.tags.find(([name]) => name === 'e')![1]!;
    return toHost(told, keyOf(liar.home), 'assignment.accept', { ...body, proof }, re);
  },
  'a runner shows evidence by nobody': (told) => {
    const { fed, intruder } = told;
    const { tables } = fed.host.home;
    const [liar] = runnersThatAre(fed, 'trusted').filter(({ home }) =>
      tables
        .list('transitions', { kind: 'session', id: told.session })
        .some(({ by, attempt }) => by === home.self.pubkey && attempt === 1),
    );
    const node = liar && assignmentsOf(fed.host.home, liar.home.self.pubkey)[0]?.node;
    if (!node) return undefined;
    const key = intruder.freshKey();
    const asked = intruder.sign(key, 'task.request', key.pubkey, request(told.session), { role: 'user' });
    const body = { ...observed(fed, told.session), state: 'accepted', node, evidence: [asked] };
    return toHost(told, keyOf(liar.home), 'session.observed', body);
  },
} satisfies Partial<Record<LieName, TellLie>>;
