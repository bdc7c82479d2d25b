/** Who may come in: each rule of admission refuses what no other rule does. */
import { describe, expect, test } from 'vitest';
import {
  DIGEST,
  introduced,
  inviteFor,
  issueInvite,
  joinRunner,
  nameUsers,
  REVISION,
  runnerHello,
  startAfter,
  trustRunner,
} from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit, Name } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { Message } from '../../core/protocol/message.ts';
import { admissionDenial } from './admission.ts';
import { streamOf } from './send.ts';

const [FIRST, SECOND, OTHER] = [uuidOf(301), uuidOf(302), uuidOf(303)];
/** One invite is out, for the runner named `runner`. */
const invited = startAfter(async (kit) => {
  await nameUsers(kit, REVISION, ['alice']);
  await issueInvite(kit, FIRST, 'runner', 'runner');
});
const joined = startAfter((kit) => joinRunner(kit, 'runner', false));

type Invite = ReturnType<typeof inviteFor>;
const hello = (name: string, invite?: Invite, from: Name = 'runner'): Forged => ({
  type: 'runner.hello',
  from,
  to: 'host',
  role: 'runner',
  body: runnerHello(name, invite),
});
const userHello = (from: Name, name: string, invite?: Invite): Forged => ({
  type: 'user.hello',
  from,
  to: 'host',
  body: invite ? { name, invite } : { name },
});
const genuine = (kit: MessageKit): Forged =>
  hello('runner', inviteFor(kit, FIRST, 'runner', 'runner', 'runner'));
const other = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);

/** Alice came with an invite; another one for her name is out. */
const cameBefore = startAfter(async (kit) => {
  await issueInvite(kit, FIRST, 'user', 'alice');
  await kit.send(secondHello(kit, FIRST));
  await issueInvite(kit, SECOND, 'user', 'alice');
});
const secondHello = (kit: MessageKit, id: string, from: Name = 'alice'): Forged =>
  userHello(from, 'alice', inviteFor(kit, id, from, 'user', 'alice'));

/** A hello of a stranger who has the invite and one thing wrong. */
const strangerRow = (
  rule: string,
  reason: string,
  refused: (kit: MessageKit) => Forged | Promise<Forged>,
): RuleRow => ({
  rule,
  reason,
  stranger: true,
  start: invited,
  given: async (kit) => ({ refused: await refused(kit), allowed: genuine(kit) }),
});

const INVITES: RuleRow[] = [
  strangerRow('a runner without an invite', 'no_invite', () => hello('runner')),
  {
    ...strangerRow('a person whom neither the graph nor an invite names', 'no_invite', () =>
      userHello('mallory', 'mallory'),
    ),
    given: async () => ({ refused: userHello('mallory', 'mallory'), allowed: userHello('alice', 'alice') }),
  },
  {
    rule: 'an invite that was never issued, though the graph names the person who brings it',
    reason: 'bad_invite',
    start: invited,
    given: async (kit) => {
      const invite = inviteFor(kit, SECOND, 'alice', 'user', 'alice');
      return { refused: userHello('alice', 'alice', invite), allowed: userHello('alice', 'alice') };
    },
  },
  strangerRow('an invite that was never issued', 'bad_invite', (kit) =>
    hello('runner', inviteFor(kit, SECOND, 'runner', 'runner', 'runner')),
  ),
  strangerRow('an invite for another role', 'bad_invite', async (kit) => {
    await issueInvite(kit, SECOND, 'user', 'runner');
    return hello('runner', inviteFor(kit, SECOND, 'runner', 'runner', 'runner'));
  }),
  strangerRow('an invite for another name, with a good proof of this one', 'bad_invite', (kit) =>
    hello('intruder', inviteFor(kit, FIRST, 'runner', 'runner', 'intruder')),
  ),
  strangerRow('the right id and a wrong proof', 'bad_invite', (kit) => {
    const { id, hmac } = inviteFor(kit, FIRST, 'runner', 'runner', 'runner');
    return hello('runner', { id, hmac: other(hmac) });
  }),
  strangerRow('the proof of another invite for this name', 'bad_invite', async (kit) => {
    await issueInvite(kit, SECOND, 'runner', 'runner');
    const { hmac } = inviteFor(kit, SECOND, 'runner', 'runner', 'runner');
    return hello('runner', { id: FIRST, hmac });
  }),
  strangerRow('the proof for another name', 'bad_invite', (kit) =>
    hello('runner', inviteFor(kit, FIRST, 'runner', 'runner', 'intruder')),
  ),
  strangerRow('the proof for another role', 'bad_invite', (kit) =>
    hello('runner', inviteFor(kit, FIRST, 'runner', 'user', 'runner')),
  ),
  strangerRow('the proof that another key gave', 'bad_invite', (kit) =>
    hello('runner', inviteFor(kit, FIRST, 'runner', 'runner', 'runner'), 'runner2'),
  ),
  strangerRow('the proof given to another federation of this Host', 'bad_invite', (kit) => {
    const elsewhere = { ...kit, homes: { ...kit.homes, host: { ...kit.homes.host, graph: 'elsewhere' } } };
    return hello('runner', inviteFor(elsewhere, FIRST, 'runner', 'runner', 'runner'));
  }),
  strangerRow('the proof given to another Host', 'bad_invite', (kit) => {
    const elsewhere = {
      ...kit,
      homes: { ...kit.homes, host: { ...kit.homes.host, host: kit.who.bob.pubkey } },
    };
    return hello('runner', inviteFor(elsewhere, FIRST, 'runner', 'runner', 'runner'));
  }),
  {
    rule: 'an invite in the second in which it expires, not the second before',
    reason: 'invite_expired',
    stranger: true,
    start: invited,
    given: async (kit) => {
      await kit.time.pass(1000);
      await issueInvite(kit, SECOND, 'runner', 'runner2');
      await kit.time.pass(3599_000);
      const second = inviteFor(kit, SECOND, 'runner2', 'runner', 'runner2');
      return { refused: genuine(kit), allowed: hello('runner2', second, 'runner2') };
    },
  },
  {
    rule: 'an invite that another key used, though that one is gone',
    reason: 'invite_used',
    stranger: true,
    start: invited,
    given: async (kit) => {
      expect(await kit.tell(genuine(kit))).toBe('accepted');
      await trustRunner(kit, 'runner', 'revoked');
      await issueInvite(kit, SECOND, 'runner', 'runner');
      const by2 = (id: string) =>
        hello('runner', inviteFor(kit, id, 'runner2', 'runner', 'runner'), 'runner2');
      return { refused: by2(FIRST), allowed: by2(SECOND) };
    },
  },
];

const KNOWN: RuleRow[] = [
  {
    rule: 'a key that came with one invite and brings a second',
    reason: 'bad_invite',
    start: invited,
    given: async (kit) => {
      expect(await kit.tell(genuine(kit))).toBe('accepted');
      await issueInvite(kit, SECOND, 'runner', 'runner');
      return {
        refused: hello('runner', inviteFor(kit, SECOND, 'runner', 'runner', 'runner')),
        allowed: genuine(kit),
      };
    },
  },
  {
    rule: 'a person who came with one invite and brings a second that was made for no key',
    reason: 'bad_invite',
    start: cameBefore,
    given: async (kit) => {
      await issueInvite(kit, OTHER, 'user', 'alice', 'alice');
      return { refused: secondHello(kit, SECOND), allowed: secondHello(kit, OTHER) };
    },
  },
  {
    rule: 'an invite to join again that was made for the key of that name, by another key',
    reason: 'bad_invite',
    stranger: true,
    start: cameBefore,
    given: async (kit) => {
      await issueInvite(kit, OTHER, 'user', 'alice', 'alice');
      return { refused: secondHello(kit, OTHER, 'mallory'), allowed: secondHello(kit, OTHER) };
    },
  },
  {
    rule: 'a key whose name the graph has given to another since, by an invite to join again of before',
    reason: 'name_taken',
    start: cameBefore,
    given: async (kit) => {
      await issueInvite(kit, OTHER, 'user', 'alice', 'alice');
      const given = (to: Name) => ({ name: 'alice', pubkey: kit.who[to].pubkey });
      const edit = (n: number, to: Name) =>
        kit.note('host', 'graph.revision', {
          n,
          digest: DIGEST,
          parent: null,
          by: 'operator',
          users: [given(to)],
        });
      await edit(REVISION + 1, 'bob');
      const back = async () => {
        await edit(REVISION + 2, 'alice');
        return secondHello(kit, OTHER);
      };
      return { refused: secondHello(kit, OTHER), allowed: back };
    },
  },
  {
    rule: 'an invite to join again that a home of this key came with, by another home of it',
    reason: 'invite_used',
    start: cameBefore,
    given: async (kit) => {
      await issueInvite(kit, OTHER, 'user', 'alice', 'alice');
      const by = (stream: string) => ({ ...secondHello(kit, OTHER), stream }) as Forged;
      expect(await kit.tell(by('a1'.repeat(16)))).toBe('accepted');
      return { refused: by('a2'.repeat(16)), allowed: by('a1'.repeat(16)) };
    },
  },
  {
    rule: 'an invite to join again after its time; the key it let in before comes with the first one still',
    reason: 'invite_expired',
    start: cameBefore,
    given: async (kit) => {
      await issueInvite(kit, OTHER, 'user', 'alice', 'alice');
      await kit.time.pass(3600_000);
      const { alice } = kit.homes;
      const own = { stream: streamOf(alice, alice.self.pubkey), n: 9 };
      return { refused: secondHello(kit, OTHER), allowed: { ...secondHello(kit, FIRST), ...own } as Forged };
    },
  },
  {
    rule: 'a known key under another name',
    reason: 'name_changed',
    start: joined,
    given: async () => ({ refused: hello('renamed'), allowed: hello('runner') }),
  },
  {
    rule: 'a key that was met in another role',
    reason: 'key_reuse',
    stranger: true,
    start: introduced,
    given: async (kit) => {
      await issueInvite(kit, OTHER, 'runner', 'another');
      const by = (from: Name) => hello('another', inviteFor(kit, OTHER, from, 'runner', 'another'), from);
      return { refused: by('node'), allowed: by('sibling') };
    },
  },
];

/** A second key under the name of the first, with an invite of its own. */
const nameRow = (rule: string, state: 'rejected' | 'revoked'): RuleRow => ({
  rule,
  reason: 'name_taken',
  stranger: true,
  start: joined,
  given: async (kit) => {
    await issueInvite(kit, SECOND, 'runner', 'runner');
    const second = hello('runner', inviteFor(kit, SECOND, 'runner2', 'runner', 'runner'), 'runner2');
    const gone = async () => {
      await trustRunner(kit, 'runner', state);
      return second;
    };
    return { refused: second, allowed: gone };
  },
});
const NAMES: RuleRow[] = [
  nameRow('a second key under one name, until the first is refused', 'rejected'),
  nameRow('a second key under one name, until the first is revoked', 'revoked'),
  {
    rule: 'a second key under one name; a person may have the name of a runner',
    reason: 'name_taken',
    stranger: true,
    start: joined,
    given: async (kit) => {
      await issueInvite(kit, SECOND, 'runner', 'runner');
      await issueInvite(kit, OTHER, 'user', 'runner');
      return {
        refused: hello('runner', inviteFor(kit, SECOND, 'runner2', 'runner', 'runner'), 'runner2'),
        allowed: userHello('mallory', 'runner', inviteFor(kit, OTHER, 'mallory', 'user', 'runner')),
      };
    },
  },
  {
    rule: 'a name that is taken by others, not by oneself before',
    reason: 'name_taken',
    stranger: true,
    start: invited,
    given: async (kit) => {
      expect(await kit.tell(userHello('alice', 'alice'))).toBe('accepted');
      await issueInvite(kit, SECOND, 'user', 'alice');
      const by = (from: Name) => userHello(from, 'alice', inviteFor(kit, SECOND, from, 'user', 'alice'));
      return { refused: by('mallory'), allowed: by('alice') };
    },
  },
];

testRuleRows([...INVITES, ...KNOWN, ...NAMES]);

/** What the door refuses before: admission holds by itself as well. */
describe('a key that the read models know in two roles', () => {
  const denial = (kit: MessageKit, said: Forged) => {
    const m = { type: said.type, from: kit.who[said.from].pubkey, body: said.body };
    return admissionDenial(kit.homes.host, m as Message);
  };
  test('is a runner under the name it came with, though a graph names it as a person', async () => {
    const kit = await joined();
    const { pubkey } = kit.who.runner;
    kit.homes.host.tables.put('users', { pubkey, name: 'runner', revision: REVISION });
    expect(denial(kit, hello('renamed'))).toBe('name_changed');
    expect(denial(kit, hello('runner'))).toBeNull();
  });
  test('has the role of its hello, though its key was never met', async () => {
    const kit = await joined();
    kit.homes.host.tables.remove('keys', kit.who.runner.pubkey);
    expect(denial(kit, userHello('runner', 'runner'))).toBe('name_changed');
    expect(denial(kit, hello('runner'))).toBeNull();
  });
});
