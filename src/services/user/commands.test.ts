/** A command that an agent asks about, as the person sees it who decides: never taken for a commit. */
import { describe, expect, test } from 'vitest';
import { artifactOf, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { alikeIds } from './alike.ts';
import { showApproval } from './approval-view.ts';
import { decide } from './approvals.ts';
import { diffOfSession, showArtifact } from './artifacts.ts';
import { boundWords } from './bound-words.ts';
import { pick } from './pick.ts';
import { sessionTree } from './tree.ts';
import { approvalsForMe, inbox } from './views.ts';

const OTHER = uuidOf(0xb2);
const asked = async () => {
  const alice = await startSingleUser();
  await alice.launch();
  return { alice, ...(await alice.askCall()) };
};

describe('a command', () => {
  test('is shown with what its subject has, and nothing of a change', async () => {
    const { alice, subject, subjectDigest } = await asked();
    const row = pick(alice.home, 'approvals', APPROVAL);
    const view = await showApproval(alice.user, row, 0);
    const { turn, binding, command, words, input, option } = subject;
    expect(view).toMatchObject({ operation: 'command.run', turn, binding, option });
    expect(view).toMatchObject({ call: { command, words, input } });
    expect(view).toMatchObject({
      id: APPROVAL,
      state: 'pending',
      title: 'make all',
      task: 'write',
      subjectDigest,
    });
    expect(Object.keys(view)).not.toContain('diff');
  });

  test.each([
    [undefined, null],
    [true, '≈ claimed'],
    [false, '! not enforced'],
  ] as const)('is shown with whether its agent was seen to wait: %s', async (seen, name) => {
    const alice = await startSingleUser();
    await alice.launch();
    await alice.askCall({}, undefined, seen);
    const view = await showApproval(alice.user, pick(alice.home, 'approvals', APPROVAL), 0);
    const asking = boundWords(view).facts.find(([one]) => one === 'asking')?.[1];
    expect(asking?.split(':')[0] ?? null).toBe(name);
  });

  test('is called by what would run, or by its words where there is no command', async () => {
    const { alice } = await asked();
    await alice.askCall({ approval: OTHER, command: null, binding: 'described', words: 'Run it\nnow' });
    const titles = inbox(alice.home, false).items.map(
      (one) => 'operation' in one && [one.operation, one.title],
    );
    expect(titles).toContainEqual(['command.run', 'make all']);
    expect(titles).toContainEqual(['command.run', 'Run it…']);
  });

  test('is signed with its whole subject, and no changes are wanted of it', async () => {
    const { alice, subject } = await asked();
    const row = pick(alice.home, 'approvals', APPROVAL);
    await expect(decide(alice.user, row, 'changes_wanted', { reason: 'other' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('approved or rejected'),
    });
    expect(alice.said('approval.response')).toEqual([]);
    await decide(alice.user, row, 'approved');
    const [said] = alice.said('approval.response');
    expect(said!.body).toMatchObject({ approval: APPROVAL, decision: 'approved', subject });
    expect(said!.event.tags).toContainEqual(['alt', expect.stringMatching(/^Approve run of make all /)]);
  });

  test('is no change of its session, and nothing is published by it', async () => {
    const { alice } = await asked();
    for (const id of [APPROVAL, SESSION])
      await expect(diffOfSession(alice.user, id, 0)).rejects.toMatchObject({ code: 'not_found' });
    await expect(showArtifact(alice.user, APPROVAL)).rejects.toMatchObject({
      message: expect.stringContaining('is of a command'),
    });
  });

  test('lets nothing be told as published under it', async () => {
    const one = await startSingleSession();
    await one.alice.askCall();
    const place = { repository: 'file:///repository', branch: 'b', commit: 'c0'.repeat(20) };
    const told = (n: number, approval: string | null) => {
      const body = { artifact: artifactOf(n), session: SESSION, ...place, approval };
      return one.alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
    };
    await told(1, APPROVAL);
    await told(2, null);
    const { tables } = one.alice.home;
    expect([1, 2].map((n) => tables.get('artifacts', artifactOf(n))?.approval)).toEqual([undefined, null]);
  });

  test('is what its session waits for, though that goes on', async () => {
    const one = await startSingleSession();
    await one.update('accepted');
    await one.update('active');
    await one.alice.askCall();
    expect(sessionTree(one.alice.user, SESSION)!.nodes[0]).toMatchObject({
      ...{ state: 'waiting_approval', approval: 'pending', change: null },
    });
    const [item] = inbox(one.alice.home, false).items.filter(({ what }) => what === 'session');
    expect(item).toMatchObject({ id: SESSION, state: 'waiting_approval' });
    await decide(one.alice.user, pick(one.alice.home, 'approvals', APPROVAL), 'approved');
    const body = { approval: APPROVAL, session: SESSION, state: 'approved' as const };
    const { subject } = one.alice.home.tables.get('approvals', APPROVAL)!;
    const re = one.alice.home.tables.get('approval_requests', APPROVAL, one.alice.home.self.pubkey)!.message;
    const closed = { ...body, subjectDigest: subject };
    await one.alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re, body: closed });
    expect(sessionTree(one.alice.user, SESSION)!.nodes[0]).toMatchObject({ state: 'active' });
  });

  test('spelled as another one is decided alone', async () => {
    const { alice } = await asked();
    await alice.askCall({ approval: OTHER });
    expect(approvalsForMe(alice.home)).toHaveLength(2);
    expect(alikeIds(approvalsForMe(alice.home))).toEqual([]);
  });
});
