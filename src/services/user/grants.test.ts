/** A person answers repeats of a command in advance: what they sign, what they see of it, what they take back. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_GRANT } from '../../core/bounds.ts';
import { scopeOf } from '../../core/protocol/granting.ts';
import type { CallSubject } from '../../core/protocol/messages/a2a.ts';
import { GRANT_TERMS, grantFacts, grantRepeats, listGrants, proposeGrant, revokeGrant } from './grants.ts';
import { inboxPage, liveView } from './live.ts';
import { pick } from './pick.ts';
import { traceSession } from './trace.ts';
import { approvalsForMe, inbox } from './views.ts';

const start = async (changed: Partial<CallSubject> = {}) => {
  const alice = await startSingleUser();
  await alice.launch();
  const { subject } = await alice.askCall(changed);
  const row = (id = APPROVAL) => pick(alice.home, 'approvals', id);
  const grant = (terms = GRANT_TERMS, id = APPROVAL) =>
    grantRepeats(alice.user, { approval: row(id) }, terms);
  /** The node says that a grant answered it. */
  const answer = (grant: string, use = 1, approval = APPROVAL) =>
    alice.hear({
      ...{ type: 'approval.closed', from: 'node', to: 'user' },
      re: alice.home.tables.get('approval_requests', approval, alice.home.self.pubkey)!.message,
      body: {
        ...{ approval, session: SESSION, state: 'approved', grants: [{ grant, use }] },
        subjectDigest: row(approval).subject,
      },
    });
  const list = (all = false) => listGrants(alice.user, all).items;
  return { alice, subject, row, grant, answer, list };
};

describe('a grant', () => {
  test('is signed as consent, of the whole subject, its scope, its uses and its end', async () => {
    const { alice, subject, row, grant } = await start();
    const terms = { ...GRANT_TERMS, uses: 3, ms: 60_000 };
    const proposed = await proposeGrant(alice.user, row(), terms);
    const signed = await grant(terms);
    const [said] = alice.said('grant');
    const scope = scopeOf(alice.home.suite, subject, alice.actors.node.pubkey, 'session');
    expect(said!.body).toMatchObject({ approval: APPROVAL, subject, scope, reach: 'session', uses: 3 });
    expect(said!.body.expiresAt).toBe(Math.floor(alice.home.clock.now() / 1000) + 60);
    expect([proposed.scope, signed.scope]).toEqual([`sha256:${scope}`, `sha256:${scope}`]);
    expect(grantFacts(proposed).at(-1)).toEqual(['scope', `sha256:${scope}`]);
    expect(said!.event.kind).toBe(24160);
    const alt = said!.event.tags.find(([tag]) => tag === 'alt')?.[1];
    expect(alt).toMatch(/^Grant 3 uses in this session until 20[^ ]+Z: run of make all \(digest /);
  });

  test('of words alone, of what is closed or was shown otherwise is not signed', async () => {
    const words = await start({ binding: 'described', command: null });
    await expect(words.grant()).rejects.toMatchObject({ message: expect.stringContaining('words alone') });
    await expect(proposeGrant(words.alice.user, words.row(), GRANT_TERMS)).rejects.toMatchObject({
      hint: expect.stringContaining('approve this one alone'),
    });
    const { alice, row, grant, answer } = await start();
    const other = { approval: row(), shown: `sha256:${'00'.repeat(32)}` };
    await expect(grantRepeats(alice.user, other, GRANT_TERMS)).rejects.toMatchObject({ code: 'conflict' });
    await answer(uuidOf(1));
    await expect(grant()).rejects.toMatchObject({ message: expect.stringContaining('closed') });
    expect(alice.said('grant')).toEqual([]);
  });

  test('is no more than may be open at one node', async () => {
    const { alice, grant } = await start();
    for (let n = 0; n < MAX_GRANT.open; n++) await grant();
    await expect(grant()).rejects.toMatchObject({ hint: expect.stringContaining('grants list') });
    expect(alice.said('grant')).toHaveLength(MAX_GRANT.open);
  });

  test('leaves the request to its node, and gives it back when it is revoked before it was used', async () => {
    const { alice, row, grant, list } = await start();
    const { grant: id } = await grant();
    expect(approvalsForMe(alice.home)).toEqual([]);
    expect(list()).toMatchObject([{ id, state: 'open', used: 0, uses: 5, title: 'make all' }]);
    await revokeGrant(alice.user, id.slice(-8));
    expect(alice.said('grant.revoke').map(({ body }) => body.grant)).toEqual([id]);
    expect(approvalsForMe(alice.home)).toEqual([row()]);
    expect([list(), list(true).map(({ state }) => state)]).toEqual([[], ['revoked']]);
    // Again is no error, and nothing is said twice
    await revokeGrant(alice.user, id);
    expect(alice.said('grant.revoke')).toHaveLength(1);
  });

  test('lets nobody be asked who gave it, while it is good', async () => {
    const { alice, grant } = await start();
    const { grant: id } = await grant();
    const next = uuidOf(0xb3);
    await alice.askCall({ approval: next }, [id]);
    expect(approvalsForMe(alice.home)).toEqual([]);
    await alice.askCall({ approval: uuidOf(0xb4) }, [uuidOf(0xb5)]);
    expect(approvalsForMe(alice.home).map((row) => row.id)).toEqual([uuidOf(0xb4)]);
    await revokeGrant(alice.user, id);
    expect(approvalsForMe(alice.home).map((row) => row.id)).toContain(next);
  });

  test('says what it answered and which of its uses that was, in lists and in the trace', async () => {
    const { alice, grant, answer, list } = await start();
    const { grant: id } = await grant({ ...GRANT_TERMS, uses: 2 });
    const next = uuidOf(0xb3);
    await answer(id);
    await alice.askCall({ approval: next });
    await answer(id, 2, next);
    const items = inbox(alice.home, true).items.filter((one) => one.what === 'approval');
    const by = (use: number) => `by grant ${id.slice(-8)}, use ${use} of 2`;
    expect(items).toMatchObject([
      { id: next, state: 'approved', decision: 'approved', reason: by(2) },
      { id: APPROVAL, state: 'approved', decision: 'approved', reason: by(1) },
    ]);
    const [session] = inbox(alice.home, true).items.filter((one) => one.what === 'session');
    expect([...items, ...session!.approvals].map((one) => one.by)).toEqual(
      expect.arrayContaining([[by(1).slice(3)], [by(2).slice(3)]]),
    );
    expect(list(true)).toMatchObject([{ state: 'used', used: 2, answered: [APPROVAL, next] }]);
    await expect(revokeGrant(alice.user, id)).rejects.toMatchObject({
      message: expect.stringContaining('over (used)'),
    });
    const details: (string | null)[] = [];
    const options = { follow: false, signal: new AbortController().signal };
    await traceSession(alice.user, SESSION, options, ({ detail }) => void details.push(detail));
    expect(details).toContain(`approved: grant ${id.slice(-8)}, use 2`);
  });

  test('is told to a screen as long as it is open', async () => {
    const { alice, grant } = await start();
    expect(liveView(alice.user).grants).toBeUndefined();
    const { grant: id } = await grant();
    expect(liveView(alice.user).grants).toMatchObject([{ id, used: 0, uses: 5, reach: 'session' }]);
    await revokeGrant(alice.user, id);
    expect(liveView(alice.user).grants).toBeUndefined();
  });

  test('is over with its time, and void with the key of its node', async () => {
    const { alice, grant, list } = await start();
    await grant({ ...GRANT_TERMS, ms: 2_000 });
    await alice.time.pass(3_000);
    await grant();
    expect(list(true).map(({ state }) => state)).toEqual(['open', 'expired']);
    await alice.hearRoutes({ alice: 'user', bob: 'bob', builder: 'peer' });
    expect(list(true).map(({ state }) => state)).toEqual(['void', 'expired']);
  });

  test('that nobody has taken yet is told as unsent', async () => {
    const { alice, grant } = await start();
    const { grant: id } = await grant();
    await alice.time.pass(30_000);
    const { items } = await inboxPage(alice.user, false, { waitMs: 0 });
    expect(items[0]).toMatchObject({
      what: 'unsent',
      type: 'grant',
      title: 'grant of: make all',
      isLate: false,
    });
    await expect(revokeGrant(alice.user, `${id}0`)).rejects.toMatchObject({ code: 'not_found' });
  });
});
