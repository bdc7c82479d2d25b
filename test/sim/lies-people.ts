/** What somebody says with the key of a person, though neither role nor edge nor what was said before lets them. */
import type { LieName } from './histories.ts';
import { subjectIn } from './intruder.ts';
import {
  lastLine,
  newId,
  nodeKey,
  person,
  request,
  runnerOf,
  saidIn,
  type TellLie,
  type Told,
} from './lies-kit.ts';
import { tagOf } from './model.ts';

type Response = { approval: string; decision: string; subject: { ref: string }; subjectDigest: string };
/** Bob’s task for the helper, who would take it but for the one thing that is wrong with it. */
const bobAsks = (
  told: Told,
  session: string,
  wrong: { epoch?: { n: number; boot: string }; rev?: number },
) => {
  const to = nodeKey(told, 'helper')?.pubkey;
  const lie = { role: 'user', ...wrong } as const;
  return to === undefined
    ? undefined
    : told.intruder.say(person(told, 'bob'), 'task.request', to, request(session), lie);
};
/** Two messages of alice to the builder that differ in what they say alone. */
const aliceTwice = async (told: Told, same: { n?: number; dedup?: string }): Promise<void> => {
  const to = nodeKey(told, 'builder')?.pubkey;
  if (to === undefined) return;
  for (const reason of ['one', 'other']) {
    const body = { session: newId(told.session), reason };
    await told.intruder.say(person(told, 'alice'), 'task.cancel', to, body, { role: 'user', ...same });
  }
};
/** Answers a question that the builder put to alice, in her name, as `change` makes of it. */
const aliceAnswers = (told: Told, re: string, to: string, body: Response) =>
  told.intruder.say(person(told, 'alice'), 'approval.response', to, body, { role: 'user', re });
const questionsTo = (told: Told, name: string) =>
  told.fed.people[name]!.disk.lines.filter(
    (line) => line.dir === 'in' && tagOf(line, 'type') === 'approval.request',
  );

export const liesOfPeople = {
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
    const subject = row && subjectIn(row.home, row.approval.id);
    // What it is of may be known from what was observed alone
    if (!to || !subject) return undefined;
    const { approval } = row;
    const about = { subject, subjectDigest: approval.subject };
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
  'bob takes a session of alice': (told) => {
    const { self } = told.fed.people.bob!.home;
    const known = runnerOf(told.fed, 'helper')?.home.tables.list('sessions') ?? [];
    const taken = known.findLast(({ requester }) => requester !== self.pubkey);
    return taken && bobAsks(told, taken.id, {});
  },
  'bob asks in an epoch to come': (told) => {
    const { n, boot } = told.fed.host.home.epoch!;
    return bobAsks(told, newId(told.session), { epoch: { n: n + 1000, boot } });
  },
  'bob asks at a revision to come': (told) => bobAsks(told, newId(told.session), { rev: 1000 }),
  'somebody decides again': (told) => {
    const said = Object.entries(told.fed.people).flatMap(([name, { home }]) => {
      const first = lastLine(home, 'out', 'approval.response');
      return first ? [{ name, first }] : [];
    });
    const [one] = said.sort((a, b) => b.first.event.created_at - a.first.event.created_at);
    if (!one) return undefined;
    const { first, name } = one;
    const body = saidIn<Response>(first);
    const decision = body.decision === 'approved' ? 'rejected' : 'approved';
    const lie = { role: 'user', re: tagOf(first, 'e') } as const;
    const to = tagOf(first, 'p');
    return told.intruder.say(person(told, name), 'approval.response', to, { ...body, decision }, lie);
  },
  'alice approves another change': (told) => {
    const question = questionsTo(told, 'alice').at(-1);
    if (!question) return undefined;
    const { approval, subject, subjectDigest } = saidIn<Response>(question);
    const body = {
      approval,
      decision: 'approved',
      subject: { ...subject, ref: 'refs/heads/main' },
      subjectDigest,
    };
    return aliceAnswers(told, question.event.id, question.event.pubkey, body);
  },
  'alice answers another question': (told) => {
    const [other, question] = questionsTo(told, 'alice').slice(-2);
    if (!other || !question || other.event.pubkey !== question.event.pubkey) return undefined;
    const { approval, subject, subjectDigest } = saidIn<Response>(question);
    const body = { approval, decision: 'approved', subject, subjectDigest };
    return aliceAnswers(told, other.event.id, question.event.pubkey, body);
  },
  'alice says two things in one place': (told) => aliceTwice(told, { n: 1 }),
  'alice says two things under one key': (told) =>
    aliceTwice(told, { dedup: `cancel:${told.session}:twice` }),
  'alice is heard again in a new wrap': (told) => {
    const key = nodeKey(told, 'builder');
    const wrap = key && told.intruder.wrapsTo(key)[0];
    return key && wrap ? told.intruder.publish(told.intruder.rewrap(wrap, key)) : undefined;
  },
} satisfies Partial<Record<LieName, TellLie>>;
