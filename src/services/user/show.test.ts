/** What `user show` makes of an id: a session as the inbox has it, an approval with its change. */
import { expect, test } from 'vitest';
import { artifactOf, COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { decide } from './approvals.ts';
import { showThing } from './show.ts';

const asked = async () => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.askApproval();
  return alice;
};

test('a session is shown by its id, or the end of it, with its approvals', async () => {
  const { user } = await asked();
  for (const id of [SESSION, SESSION.slice(-8)])
    expect(await showThing(user, id, 0)).toMatchObject({
      id: SESSION,
      state: 'requested',
      approvals: [{ id: APPROVAL }],
    });
});

test('an approval is shown by its id, or the end of it, with the change', async () => {
  const { user } = await asked();
  for (const id of [APPROVAL, APPROVAL.slice(-8)])
    expect(await showThing(user, id, 0)).toMatchObject({
      id: APPROVAL,
      session: SESSION,
      diff: expect.stringContaining('+hello'),
    });
});

test('of a session that somebody else launched the approval is shown that it asked for, decided or not', async () => {
  const { user, home, askApproval } = await startSingleUser();
  await askApproval();
  expect(await showThing(user, SESSION, 0)).toMatchObject({ id: APPROVAL, session: SESSION });
  await decide(user, home.tables.get('approvals', APPROVAL)!, 'rejected');
  expect(await showThing(user, SESSION, 0)).toMatchObject({ id: APPROVAL, decision: 'rejected' });
});

test('what several sessions share shows none of them, and nothing else', async () => {
  const { user, launch } = await asked();
  const shared = SESSION.slice(0, 8);
  await launch('user', uuidOf(0xb2));
  await expect(showThing(user, shared, 0)).rejects.toMatchObject({
    code: 'not_found',
    message: `"${shared}" matches more than one session`,
  });
});

test('what names nothing is not found', async () => {
  const { user } = await asked();
  await expect(showThing(user, 'none', 0)).rejects.toMatchObject({
    code: 'not_found',
    message: 'nothing here has the id "none": no session, approval, question, review, artifact or file',
    hint: 'see what there is: `entangle user inbox --all`',
  });
});

test('an artifact shows its session', async () => {
  const { alice, hearArtifact } = await startSingleSession();
  await hearArtifact(1, COMMIT);
  expect(await showThing(alice.user, artifactOf(1), 0)).toMatchObject({ id: SESSION, task: 'write' });
});

test('what begins a question too is a session, or an approval, first', async () => {
  const apart = (n: number) => `77770000-0000-7000-8000-00000000000${n}`;
  const { user, launch, home, hear, askApproval } = await startSingleUser();
  const { request } = await launch();
  const ask = (question: string, session: string, re: string) =>
    hear({
      ...{ type: 'question', from: 'node', to: 'user', re, session },
      body: { session, attempt: 1, step: 1, question, text: 'which port?' },
    });
  await ask(apart(1), SESSION, request!);
  expect(await showThing(user, '7777', 0)).toMatchObject({ id: apart(1), text: 'which port?' });
  await askApproval({ approval: apart(2) });
  expect(await showThing(user, '7777', 0)).toMatchObject({ id: apart(2), diff: expect.anything() });
  for (const { id } of home.tables.list('approvals')) home.tables.remove('approvals', id);
  const own = await launch('user', apart(3));
  await ask(apart(4), apart(3), own.request!);
  expect(await showThing(user, '7777', 0)).toMatchObject({ id: apart(3), task: 'write' });
});
