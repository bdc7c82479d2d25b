/** State rules of bytes: who may ask whom for which, and what answers that. */
import { expect } from 'vitest';
import { DIFF, questionOf } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';

const other = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);
/** The node asked a person, and named the bytes of the change. */
const asked = (kit: MessageKit, n: number, to: 'alice' | 'bob' = 'alice') =>
  kit.send({ type: 'approval.request', from: 'node', to, body: questionOf(kit, n) });

const BYTES: RuleRow[] = [
  {
    rule: 'blob.get: of bytes that no message named to the asker',
    reason: 'not_named',
    given: async (kit) => {
      await asked(kit, 1);
      const get = (from: 'alice' | 'bob'): Forged => ({
        type: 'blob.get',
        from,
        to: 'node',
        body: { sha256: DIFF },
      });
      return { refused: get('bob'), allowed: get('alice') };
    },
  },
  {
    rule: 'blob.get: the fifth for the same bytes',
    reason: 'too_many_gets',
    given: async (kit) => {
      for (const who of ['alice', 'bob'] as const) await asked(kit, 1, who);
      const get = (from: 'alice' | 'bob'): Forged => ({
        type: 'blob.get',
        from,
        to: 'node',
        body: { sha256: DIFF },
      });
      for (let n = 1; n <= 4; n++) expect(await kit.tell(get('alice'))).toBe('accepted');
      return { refused: get('alice'), allowed: get('bob') };
    },
  },
  ...[
    { rule: 'of other bytes than were asked for', changes: { sha256: other(DIFF) } },
    { rule: 'beyond the last', changes: { n: 2 } },
  ].map(
    ({ rule, changes }): RuleRow => ({
      rule: `blob.part: ${rule}`,
      reason: 'not_asked',
      given: async (kit) => {
        await asked(kit, 1);
        const get = await kit.send({ type: 'blob.get', from: 'alice', to: 'node', body: { sha256: DIFF } });
        const body = { sha256: DIFF, n: 1, of: 2, data: 'AA==' };
        const part = { type: 'blob.part', from: 'node', to: 'alice', re: get.id } as const;
        return { refused: { ...part, body: { ...body, ...changes } }, allowed: { ...part, body } };
      },
    }),
  ),
];

const UNASKED: RuleRow = {
  rule: 'blob.part: in answer to what is no question for bytes',
  reason: 'not_asked',
  given: async (kit) => {
    await asked(kit, 1);
    const get = await kit.send({ type: 'blob.get', from: 'alice', to: 'node', body: { sha256: DIFF } });
    kit.homes.alice.tables.remove('blob_requests', get.id);
    const body = { sha256: DIFF, n: 1, of: 2, data: 'AA==' };
    const part = (re: string): Forged => ({ type: 'blob.part', from: 'node', to: 'alice', re, body });
    const asksAgain = async () => {
      const next = await kit.send({ type: 'blob.get', from: 'alice', to: 'node', body: { sha256: DIFF } });
      return part(next.id);
    };
    return { refused: part(get.id), allowed: asksAgain };
  },
};

testRuleRows([...BYTES, UNASKED]);
