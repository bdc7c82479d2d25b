/** What an id, or a piece of one, stands for; and what is said where it stands for nothing, or for several things. */
import { describe, expect, test, vi } from 'vitest';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { replyToQuestion } from './answers.ts';
import { decide } from './approvals.ts';
import { pick, pickApproval, pickFile, pickQuestion, pickSession } from './pick.ts';

const OTHER = uuidOf(0xb2);
/** They share their start with nothing else. */
const APART = '77770000-0000-7000-8000-000000000001';
const APART_TOO = '77770000-0000-7000-8000-000000000002';
const START = APART.slice(0, 4);

const MORE = 'give more characters of the id: see `entangle user inbox --all`';
const INBOX = 'see `entangle user inbox`';

describe('an id', () => {
  test('may be its start or end where that means one thing, and has four characters', async () => {
    const { home, launch } = await startSingleUser();
    await launch();
    expect(pick(home, 'sessions', SESSION.slice(-4)).id).toBe(SESSION);
    expect(pick(home, 'sessions', SESSION.slice(0, 4)).id).toBe(SESSION);
    await launch('user', OTHER);
    expect(pick(home, 'sessions', OTHER).id).toBe(OTHER);
  });

  test('of an approval means its session, where that is asked for', async () => {
    const { home, launch, askApproval } = await startSingleUser();
    await launch();
    await askApproval();
    for (const id of [APPROVAL, APPROVAL.slice(-6)]) expect(pick(home, 'sessions', id).id).toBe(SESSION);
  });

  test('that is whole means what it names, though another begins with it', async () => {
    const { home, launch } = await startSingleUser();
    const row = await launch();
    home.tables.put('sessions', { ...row, id: `${SESSION}0` });
    expect(pick(home, 'sessions', SESSION).id).toBe(SESSION);
  });

  test('that is whole means the session of somebody else that it names, though another begins with it', async () => {
    const { home, askApproval } = await startSingleUser();
    await askApproval();
    const row = home.tables.get('approvals', APPROVAL)!;
    home.tables.put('approvals', { ...row, id: OTHER, session: `${SESSION}0` });
    expect(pickSession(home, SESSION)).toBe(SESSION);
  });

  test('that is whole is looked up, and nothing is looked through for it', async () => {
    const { home, launch, askApproval } = await startSingleUser();
    await launch();
    await askApproval();
    const listed = vi.spyOn(home.tables, 'list');
    expect(pickApproval(home, SESSION).id).toBe(APPROVAL);
    expect(pick(home, 'sessions', APPROVAL).id).toBe(SESSION);
    expect(() => pick(home, 'approvals', OTHER)).toThrow('no approval');
    expect(listed.mock.calls.filter(([, where]) => where === undefined)).toEqual([]);
    pick(home, 'sessions', SESSION.slice(-4));
    expect(listed.mock.calls.filter(([, where]) => where === undefined)).toEqual([['sessions']]);
  });

  test('of an approval that stands for its session stands for nothing else', async () => {
    const { home, askApproval } = await startSingleUser();
    await askApproval();
    expect(() => pick(home, 'artifacts', APPROVAL)).toThrow(`no artifact "${APPROVAL}"`);
  });

  test.each([
    ['sessions', SESSION.slice(-3), `no session "${SESSION.slice(-3)}"`, INBOX],
    ['sessions', '', 'no session ""', INBOX],
    ['sessions', 'none', 'no session "none"', INBOX],
    ['approvals', 'none', 'no approval "none"', INBOX],
    ['artifacts', 'none', 'no artifact "none"', INBOX],
    ['sessions', SESSION.slice(0, 8), `"${SESSION.slice(0, 8)}" matches more than one session`, MORE],
    ['approvals', SESSION.slice(0, 8), `"${SESSION.slice(0, 8)}" matches more than one approval`, MORE],
  ] as const)('of %s, "%s", is refused: %s', async (table, id, message, hint) => {
    const { home, launch, askApproval } = await startSingleUser();
    for (const session of [SESSION, OTHER]) await launch('user', session);
    for (const approval of [APPROVAL, uuidOf(0xb3)]) await askApproval({ approval });
    expect(() => pick(home, table, id)).toThrow(
      expect.objectContaining({ code: 'not_found', message, hint }),
    );
  });
});

describe('an approval may be named by its session', () => {
  const refused = (message: string, hint = INBOX) =>
    expect.objectContaining({ code: 'not_found', message, hint });

  test('whose only question it is that waits for this person', async () => {
    const { home, launch, askApproval, user } = await startSingleUser();
    await launch();
    await launch('user', APART);
    await askApproval({ approval: uuidOf(0xb3), session: APART });
    const none = `session ${SESSION} has no approval waiting for you`;
    expect(() => pickApproval(home, SESSION)).toThrow(refused(none));
    await askApproval();
    expect(pickApproval(home, SESSION).id).toBe(APPROVAL);
    expect(pickApproval(home, SESSION.slice(-4)).id).toBe(APPROVAL);
    await askApproval({ approval: OTHER });
    const several = `session ${SESSION} has several approvals waiting for you: ${APPROVAL}, ${OTHER}`;
    expect(() => pickApproval(home, SESSION)).toThrow(refused(several));
    await decide(user, home.tables.get('approvals', APPROVAL)!, 'rejected');
    expect(pickApproval(home, SESSION).id).toBe(OTHER);
  });

  test('but not by what two sessions share, though only one of them has a question', async () => {
    const { home, launch, askApproval } = await startSingleUser();
    await launch('user', APART);
    await launch('user', APART_TOO);
    await askApproval({ session: APART });
    const shared = `"${START}" matches more than one session`;
    expect(() => pickApproval(home, START)).toThrow(refused(shared, MORE));
    expect(pickApproval(home, APART).id).toBe(APPROVAL);
  });

  test('and what begins an approval and a session names the approval', async () => {
    const { home, launch, askApproval } = await startSingleUser();
    await launch();
    await launch('user', APART);
    await askApproval({ approval: APART_TOO });
    await askApproval({ approval: OTHER, session: APART });
    expect(pickApproval(home, START).id).toBe(APART_TOO);
    expect(pickApproval(home, APART).id).toBe(OTHER);
  });

  test('and what begins a session of somebody else and its approval means that session once', async () => {
    const { home, askApproval } = await startSingleUser();
    await askApproval({ session: APART, approval: APART_TOO });
    expect(() => pick(home, 'sessions', START)).toThrow(`session ${APART} was launched by somebody else`);
  });

  test('of a session that somebody else launched too, which nobody but they can wait for', async () => {
    const { home, askApproval, user } = await startSingleUser();
    await askApproval();
    for (const id of [SESSION, SESSION.slice(-4)]) {
      expect(pickApproval(home, id).id).toBe(APPROVAL);
      expect(() => pick(home, 'sessions', id)).toThrow(
        refused(
          `session ${SESSION} was launched by somebody else: only they can wait for it or cancel it`,
          `see what it asks of you: \`entangle user show ${SESSION}\``,
        ),
      );
    }
    await decide(user, home.tables.get('approvals', APPROVAL)!, 'approved');
    expect(() => pickApproval(home, SESSION)).toThrow(
      refused(`session ${SESSION} has no approval waiting for you`),
    );
    expect(pickApproval(home, SESSION, true).id).toBe(APPROVAL);
    await askApproval({ approval: OTHER });
    expect(pickApproval(home, SESSION, true).id).toBe(OTHER);
    await askApproval({ approval: uuidOf(0xb3), session: APART });
    expect(pickApproval(home, APART).id).toBe(uuidOf(0xb3));
    await askApproval({ approval: uuidOf(0xb4), session: APART_TOO });
    expect(() => pickApproval(home, START)).toThrow(
      refused(`"${START}" matches more than one session`, MORE),
    );
    expect(() => pick(home, 'sessions', START)).toThrow(
      refused(`"${START}" matches more than one session`, MORE),
    );
  });

  test('and what names nothing is told as no approval', async () => {
    const { home } = await startSingleUser();
    expect(() => pickApproval(home, 'none')).toThrow(refused('no approval "none"'));
  });
});

describe('a session to look at', () => {
  test('is meant by what begins its approvals, and not by what begins those of two', async () => {
    const { home, askApproval } = await startSingleUser();
    await askApproval({ approval: APART });
    expect(pickSession(home, START)).toBe(SESSION);
    await askApproval({ approval: APART_TOO });
    expect(pickSession(home, START)).toBe(SESSION);
    await askApproval({ approval: '77770000-0000-7000-8000-000000000003', session: OTHER });
    expect(() => pickSession(home, START)).toThrow(
      expect.objectContaining({ message: `"${START}" matches more than one session`, hint: MORE }),
    );
  });

  test('is none that nothing here begins with', async () => {
    const { home } = await startSingleUser();
    expect(() => pickSession(home, 'none')).toThrow(
      expect.objectContaining({ code: 'not_found', message: 'no session "none"', hint: INBOX }),
    );
  });
});

describe('a question', () => {
  const QUESTION = uuidOf(0xc1);
  const startAsked = async () => {
    const alice = await startSingleUser();
    const ask = async (question: string, session = SESSION) => {
      const { request } = alice.home.tables.get('sessions', session) ?? (await alice.launch('user', session));
      const body = { session, attempt: 1, step: 1, question, text: 'which port?' };
      await alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body });
    };
    await ask(QUESTION);
    return { ...alice, ask };
  };

  test('is meant by its session, where no other one is asked there', async () => {
    const { home, user, ask } = await startAsked();
    await ask(uuidOf(0xc2), APART);
    expect([pickQuestion(home, SESSION).id, pickQuestion(home, APART).id]).toEqual([QUESTION, uuidOf(0xc2)]);
    await replyToQuestion(user, pickQuestion(home, SESSION), '8080');
    expect(pickQuestion(home, SESSION).id).toBe(QUESTION);
  });

  test('is meant by its whole id, though a session has the same: nodes choose those of questions', async () => {
    const { home, launch, ask } = await startAsked();
    await launch('user', APART);
    await ask(APART);
    expect(pickQuestion(home, APART)).toMatchObject({ id: APART, session: SESSION });
  });

  test('is named with the others where several are meant, and looked for in the inbox where none is', async () => {
    const { home, ask } = await startAsked();
    await ask(uuidOf(0xc2));
    expect(() => pickQuestion(home, SESSION)).toThrow(
      expect.objectContaining({
        message: `"${SESSION}" matches more than one question`,
        hint: `give one of these: ${QUESTION}, ${uuidOf(0xc2)}`,
      }),
    );
    expect(() => pickQuestion(home, 'none')).toThrow(
      expect.objectContaining({ code: 'not_found', message: 'no question "none"', hint: INBOX }),
    );
  });
});

describe('a file', () => {
  const startGiven = async () => {
    const alice = await startSingleUser();
    const file = { name: 'a.txt', size: 1, sha256: 'ab'.repeat(32), blobs: ['ab'.repeat(32)] };
    const body = { artifact: APART, session: SESSION, attempt: 1, file, media: 'text/plain' };
    await alice.hear({ type: 'artifact.file', from: 'node', to: 'user', body });
    return alice;
  };

  test('is meant by its id, and by a piece of it that means nothing else', async () => {
    const { home } = await startGiven();
    for (const id of [APART, START, APART.slice(-8)]) expect(pickFile(home, id)?.id).toBe(APART);
    expect(pickFile(home, 'none')).toBeNull();
  });

  type Alice = Awaited<ReturnType<typeof startGiven>>;
  test.each<[string, (alice: Alice) => unknown]>([
    ['a session', ({ launch }) => launch('user', APART_TOO)],
    ['an approval', ({ askApproval }) => askApproval({ approval: APART_TOO })],
    [
      'a commit',
      async ({ launch, hear }) => {
        await launch();
        const place = { repository: 'file:///repository', branch: 'b', commit: 'c0'.repeat(20) };
        const body = { artifact: APART_TOO, session: SESSION, approval: null, ...place };
        await hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
      },
    ],
  ])('is not meant by the start that it has in common with %s', async (_what, make) => {
    const alice = await startGiven();
    await make(alice);
    expect(pickFile(alice.home, START)).toBeNull();
    expect(pickFile(alice.home, APART)?.id).toBe(APART);
  });
});
