/** State rules of who begins an attempt of a session at the Host. */
import { expect } from 'vitest';
import { offerOf, sessionSeen, taskOf } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';

const told = async (kit: MessageKit): Promise<void> => {
  expect(await kit.tell(sessionSeen(kit))).toBe('accepted');
};

/** An attempt is begun by the runner of whose node it was asked, whoever else had the node. */
const BEGUN: RuleRow[] = [
  {
    rule: 'T207 session.observed: the first step of an attempt, and not who asked for it',
    reason: 'bad_evidence',
    given: async (kit) => ({ refused: sessionSeen(kit, {}, []), allowed: sessionSeen(kit) }),
  },
  {
    rule: 'T207 session.observed: the first step of an attempt, and what its node said before',
    reason: 'bad_evidence',
    given: async (kit) => {
      const body = { session: uuidOf(1), attempt: 1, step: 1, state: 'accepted' as const };
      const said = kit.compose({ type: 'task.result', from: 'node2', to: 'node', body } as Forged);
      return { refused: sessionSeen(kit, {}, [said]), allowed: sessionSeen(kit) };
    },
  },
  {
    rule: 'T207 session.observed: an attempt that was asked of the node where it runs now, by who had it before',
    reason: 'bad_evidence',
    given: async (kit) => {
      await told(kit);
      // Of an offer that it refused since, too, it has no key
      const offer = { ...offerOf(kit, 'node', 2), assignment: uuidOf(150) };
      const { id } = await kit.send({ type: 'assignment.offer', from: 'host', to: 'runner', body: offer });
      const refusal = { assignment: offer.assignment, fence: 2, reason: 'no_room' };
      await kit.send({ type: 'assignment.reject', from: 'runner', to: 'host', re: id, body: refusal });
      const body = taskOf(1, 2);
      const asked = kit.compose({ type: 'task.request', from: 'alice', to: 'sibling', body });
      const seen = (evidence?: SignedEvent[]) => sessionSeen(kit, { attempt: 2 }, evidence);
      return { refused: seen([asked]), allowed: seen() };
    },
  },
  {
    rule: 'T207 session.observed: an attempt that was asked of a key that another assignment has, by who is offered the node',
    reason: 'bad_evidence',
    given: async (kit) => {
      await told(kit);
      const offer = { ...offerOf(kit, 'node', 2), assignment: uuidOf(150) };
      await kit.send({ type: 'assignment.offer', from: 'host', to: 'runner', body: offer });
      const askedOf = (to: 'node2' | 'sibling') =>
        kit.compose({ type: 'task.request', from: 'alice', to, body: taskOf(1, 2) });
      const seen = (to: 'node2' | 'sibling') => sessionSeen(kit, { attempt: 2 }, [askedOf(to)]);
      return { refused: seen('node2'), allowed: seen('sibling') };
    },
  },
  {
    rule: 'T207 session.observed: an attempt that its runner has a node of its own ask for, of a session that another asked for',
    reason: 'not_yours',
    given: async (kit) => {
      await told(kit);
      return {
        refused: sessionSeen(kit, { attempt: 2, by: 'node' }),
        allowed: sessionSeen(kit, { attempt: 2 }),
      };
    },
  },
  {
    rule: 'T207 session.observed: a later step of an attempt that it did not begin yet, whatever it did before',
    reason: 'held: awaits_session',
    given: async (kit) => {
      await told(kit);
      const { body, ...seen } = sessionSeen(kit, { attempt: 2 }, []);
      const later = { ...seen, body: { ...body, step: 2, state: 'active' as const } };
      return {
        refused: later,
        allowed: async () => {
          expect(await kit.tell(sessionSeen(kit, { attempt: 2 }))).toBe('accepted');
          return later;
        },
      };
    },
  },
];

testRuleRows(BEGUN);
