/** State rules of grants: each refuses what no other rule does. */
import { expect } from 'vitest';
import { sessionSeen, taskOf, tellRoutes } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_GRANT } from '../../core/bounds.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { scopeOf } from '../../core/protocol/granting.ts';
import type { CallSubject } from '../../core/protocol/messages/a2a.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { nowSeconds } from './home.ts';

type Changes = Partial<CallSubject>;
const subjectOf = ({ homes: { alice } }: MessageKit, n: number, changes: Changes = {}): CallSubject => ({
  ...{ domain: 'entangle/subject/1', graph: alice.graph, policy: '0c'.repeat(32), approval: uuidOf(300 + n) },
  ...{ session: uuidOf(1), attempt: 1, fence: 1, expiresAt: nowSeconds(alice) + 3_600 },
  ...{ operation: 'command.run', turn: n, binding: 'declared', command: 'make', words: 'make', input: null },
  option: { id: 'once', kind: 'allow_once', name: 'Once' },
  ...changes,
});
type Asked = { subject: CallSubject; subjectDigest: string; re: string };
const asked = async (
  kit: MessageKit,
  n = 1,
  changes: Changes = {},
  to: 'alice' | 'bob' = 'alice',
): Promise<Asked> => {
  const subject = subjectOf(kit, n, changes);
  const subjectDigest = digestOf(kit.homes.alice.suite, subject);
  const { approval, session } = subject;
  const shown = {
    diff: [],
    size: 0,
    files: 0,
    task: 'mend',
    path: ['node'],
    launchedBy: kit.who.alice.pubkey,
  };
  const body = { approval, session, subject, subjectDigest, ...shown };
  const { id } = await kit.send({ type: 'approval.request', from: 'node', to, body });
  return { subject, subjectDigest, re: id };
};
const grantOf = (
  kit: MessageKit,
  { subject, subjectDigest, re }: Asked,
  more: Partial<BodyOf<'grant'>> = {},
  from: 'alice' | 'bob' = 'alice',
): Forged => {
  const { suite } = kit.homes.alice;
  const reach = more.reach ?? 'session';
  const { approval } = subject;
  const scope = scopeOf(suite, more.subject ?? subject, kit.who.node.pubkey, reach);
  const until = nowSeconds(kit.homes.alice) + MAX_GRANT.ms / 1000;
  const body = {
    approval,
    subject,
    subjectDigest,
    reach,
    scope,
    grant: uuidOf(400),
    uses: 2,
    expiresAt: until,
  };
  return { type: 'grant', from, to: 'node', re, body: { ...body, ...more } };
};
const closed = (
  { subject: { approval, session }, subjectDigest, re }: Asked,
  grants: { grant: string; use: number }[],
): Forged => ({
  ...{ type: 'approval.closed', from: 'node', to: 'alice', re },
  body: { approval, session, subjectDigest, state: 'approved', grants },
});
const seen = (
  { subject, subjectDigest }: Asked,
  evidence: BodyOf<'approval.observed'>['evidence'],
  more: Partial<NonNullable<BodyOf<'approval.observed'>['granted']>> | null = {},
): Forged => {
  const { approval, session, operation, attempt, fence, expiresAt, turn } = subject;
  const grants = [{ grant: uuidOf(400), use: 2 }];
  const granted = more === null ? {} : { granted: { attempt, fence, expiresAt, turn, grants, ...more } };
  const body = { approval, session, operation, subjectDigest, state: 'approved' as const, ...granted };
  return { type: 'approval.observed', from: 'runner', to: 'host', body: { ...body, evidence } };
};

type Wrong = [
  rule: string,
  reason: string,
  refused: (kit: MessageKit, asked: Asked) => Promise<Forged> | Forged,
];
const WRONG: Wrong[] = [
  ['grant: of what nobody here asked', 'not_asked', (kit, one) => grantOf(kit, one, { approval: uuidOf(7) })],
  [
    'grant: by somebody who was asked something else',
    'not_approver',
    async (kit, one) => {
      const { re } = await asked(kit, 9, {}, 'bob');
      return grantOf(kit, { ...one, re }, {}, 'bob');
    },
  ],
  [
    'grant: of another subject than was put to them',
    'wrong_subject',
    (kit, one) => {
      const subject = { ...one.subject, command: 'rm' };
      return grantOf(kit, one, { subject, subjectDigest: digestOf(kit.homes.alice.suite, subject) });
    },
  ],
  [
    'grant: that repeats another subject than its digest is of',
    'wrong_subject',
    (kit, one) => grantOf(kit, one, { subject: { ...one.subject, command: 'rm' } }),
  ],
  [
    'grant: in answer to another request',
    'wrong_subject',
    async (kit, one) => ({ ...grantOf(kit, one), re: (await asked(kit, 2)).re }) as Forged,
  ],
  [
    'grant: of another scope than its subject has',
    'wrong_subject',
    (kit, { subject, ...one }) =>
      grantOf(
        kit,
        { subject, ...one },
        {
          scope: scopeOf(
            kit.homes.alice.suite,
            { ...subject, command: 'rm' },
            kit.who.node.pubkey,
            'session',
          ),
        },
      ),
  ],
  [
    'grant: of a node under the scope of a session',
    'wrong_subject',
    (kit, one) => {
      const { suite } = kit.homes.alice;
      const scope = scopeOf(suite, one.subject, kit.who.node.pubkey, 'session');
      return grantOf(kit, one, { reach: 'node', scope });
    },
  ],
  [
    'grant: of words alone',
    'wrong_subject',
    async (kit) => grantOf(kit, await asked(kit, 2, { binding: 'described', command: null })),
  ],
  [
    'grant: that is good longer than any may be',
    'expires_too_late',
    (kit, one) => grantOf(kit, one, { expiresAt: nowSeconds(kit.homes.alice) + MAX_GRANT.ms / 1000 + 601 }),
  ],
  [
    'grant: another one under its id',
    'wrong_subject',
    async (kit, one) => {
      expect(await kit.tell(grantOf(kit, one))).toBe('accepted');
      return grantOf(kit, one, { uses: 3 });
    },
  ],
];

const rows: RuleRow[] = [
  ...WRONG.map(
    ([rule, reason, refused]): RuleRow => ({
      ...{ rule: `T125 ${rule}`, reason },
      given: async (kit) => {
        await tellRoutes(kit, 'alice', ['node'], 2);
        const one = await asked(kit);
        return { refused: await refused(kit, one), allowed: grantOf(kit, one, { grant: uuidOf(401) }) };
      },
    }),
  ),
  {
    rule: 'T125 grant: one more than may be open of one person at one node',
    reason: 'too_many_open',
    given: async (kit) => {
      const one = await asked(kit);
      const nth = (n: number) => grantOf(kit, one, { grant: uuidOf(500 + n), uses: 1 });
      const first = await kit.send(nth(0));
      for (let n = 1; n < MAX_GRANT.open; n++) expect(await kit.tell(nth(n))).toBe('accepted');
      const back = async () => {
        const body = { grant: uuidOf(500) };
        await kit.send({ type: 'grant.revoke', from: 'alice', to: 'node', re: first.id, body });
        return nth(MAX_GRANT.open);
      };
      return { refused: nth(MAX_GRANT.open), allowed: back };
    },
  },
  {
    rule: 'T125 grant.revoke: of another grant than the one it follows',
    reason: 'wrong_subject',
    given: async (kit) => {
      const one = await asked(kit);
      const [{ id: re }] = [await kit.send(grantOf(kit, one))];
      await kit.send(grantOf(kit, one, { grant: uuidOf(401) }));
      const revoke = (n: number): Forged => ({
        ...{ type: 'grant.revoke', from: 'alice', to: 'node', re, body: { grant: uuidOf(n) } },
      });
      return { refused: revoke(401), allowed: revoke(400) };
    },
  },
  ...(
    [
      ['of more uses than were signed', 'node', 3, null],
      ['of a grant to another node', 'sibling', 1, null],
      ['by a use that another request had', 'node', 2, 2],
    ] as const
  ).map(
    ([rule, to, use, had]): RuleRow => ({
      ...{ rule: `T125 approval.closed: ${rule}`, reason: 'wrong_subject' },
      given: async (kit) => {
        await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
        const one = await asked(kit);
        await kit.send(grantOf(kit, one));
        const other = uuidOf(400);
        kit.homes.alice.tables.put('grants', {
          ...kit.homes.alice.tables.get('grants', other)!,
          node: kit.who[to].pubkey,
        });
        const by = kit.who.node.pubkey;
        if (had !== null)
          kit.homes.alice.tables.put('grant_uses', { grant: other, approval: uuidOf(900), by, use: had });
        const allowed = closed(one, [{ grant: uuidOf(401), use: 2 }]);
        return { refused: closed(one, [{ grant: other, use }]), allowed };
      },
    }),
  ),
];
testRuleRows(rows);

type Lie = [
  rule: string,
  told: (kit: MessageKit, repeat: Asked, evidence: Signed[]) => Promise<Forged> | Forged,
];
type Signed = BodyOf<'approval.observed'>['evidence'][number];
const eventOf = (kit: MessageKit, forged: Forged): Signed => {
  const { id, pubkey, created_at, kind, tags, content, sig } = kit.write(forged).event;
  return { id, pubkey, created_at, kind, tags: tags.map((tag) => [...tag]), content, sig };
};
const LIES: Lie[] = [
  [
    'of another session',
    (kit, one, by) => {
      const subject = { ...one.subject, session: uuidOf(2) };
      return seen({ ...one, subject, subjectDigest: digestOf(kit.homes.host.suite, subject) }, by);
    },
  ],
  [
    'to a node of another runner',
    (kit, one) => seen(one, [eventOf(kit, { ...grantOf(kit, one), to: 'node2' } as Forged)]),
  ],
  [
    'of words alone',
    (kit, one) => {
      const subject = { ...one.subject, binding: 'described' as const, command: null };
      const subjectDigest = digestOf(kit.homes.host.suite, subject);
      const words = { ...one, subject, subjectDigest };
      return seen(words, [eventOf(kit, grantOf(kit, words))]);
    },
  ],
  ['of more uses than it has', (_, one, by) => seen(one, by, { grants: [{ grant: uuidOf(400), use: 3 }] })],
  ['that is not said to have answered it', (_, one, by) => seen(one, by, { grants: [] })],
  ['without what its subject has of its own', (_, one, by) => seen(one, by, null)],
  ['and another turn than its subject has', (_, one, by) => seen(one, by, { turn: 9 })],
  [
    'of another command',
    (kit, one, by) => {
      const subject = { ...one.subject, command: 'rm' };
      return seen({ ...one, subject, subjectDigest: digestOf(kit.homes.host.suite, subject) }, by);
    },
  ],
];
testRuleRows(
  LIES.map(
    ([rule, told]): RuleRow => ({
      ...{ rule: `T125 approval.observed: by a grant ${rule}`, reason: 'bad_evidence' },
      given: async (kit) => {
        await kit.send(sessionSeen(kit));
        const one = await asked(kit);
        const { id, pubkey, created_at, kind, tags, content, sig } = await kit.send(grantOf(kit, one));
        const by = [{ id, pubkey, created_at, kind, tags: tags.map((tag) => [...tag]), content, sig }];
        const repeat = await asked(kit, 2);
        return { refused: await told(kit, repeat, by), allowed: seen(repeat, by) };
      },
    }),
  ),
);
