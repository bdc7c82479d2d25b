/** One row a rule: the input that only this rule refuses, and beside it the nearest one that is let through. */
import { expect, test } from 'vitest';
import { dump } from '../../src/core/projection/dump.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import { REFUSALS } from '../../src/core/protocol/refusals.ts';
import { rowOf } from '../../src/core/protocol/table.ts';
import { introduced } from './introductions.ts';
import type { Forged, MessageKit } from './message-kit.ts';

export type RuleRow = {
  rule: string;
  /** The code that the recipient counts; `late: code` where the message is kept as evidence, `held: code` where it waits. */
  reason: string;
  /** The refused one is a stranger, so that no signer is counted. */
  stranger?: true;
  /** Homes to begin with; those that know each other well when left out. */
  start?: () => Promise<MessageKit>;
  /** Makes known what the rule looks at. `allowed` is handed over after the refusal. */
  given(kit: MessageKit): Promise<{ refused: Forged; allowed: Forged | (() => Promise<Forged>) }>;
};

/** Kept of another boot of the Host for people to see, and of nothing else; no rule goes by it. */
const EVIDENCE = /^\["host_conflicts"|\["type","host\.conflict"\]/;

export const testRuleRows = (rows: readonly RuleRow[]): void => {
  test.each(rows.map((row) => [row.reason, row.rule, row] as const))('%s: %s', async (reason, _rule, row) => {
    const kit = await (row.start ?? introduced)();
    const { refused, allowed } = await row.given(kit);
    const post = kit.postOf(refused.to);
    const isKeptOf = (line: string) => reason === 'host_conflict' && EVIDENCE.test(line);
    const state = () => dump(kit.homeOf(refused.to).tables, ROWS).filter((line) => !isKeptOf(line));
    const before = state();
    const { event, text } = kit.write(refused);
    expect(await kit.deliver(text, refused.to, event.id)).toBe(reason);
    // What may pass stays in the mailbox; all else is not needed there any more.
    const code = reason.replace(/^(?:held|late): /, '');
    const isKept = rowOf(refused.type)?.ephemeral || REFUSALS.passing.includes(code);
    const gone = `${kit.who[refused.to].pubkey} ${JSON.parse(text).id}`;
    expect(post.read.includes(gone)).toBe(!isKept);
    if (!reason.startsWith('held: '))
      expect(post.counted.at(-1)?.[1]).toBe(row.stranger ? null : kit.who[refused.from].pubkey);
    if (!/^(?:held|late): /.test(reason)) expect(state()).toEqual(before);
    expect(await kit.tell(typeof allowed === 'function' ? await allowed() : allowed)).toBe('accepted');
    if (!REFUSALS.final.includes(code)) return;
    // Final is what stays refused, also after what was let through.
    const again = kit.wrap(event, refused.from, refused.to, rowOf(refused.type)!.ephemeral);
    expect([...REFUSALS.final, ...REFUSALS.passing]).toContain(
      await kit.deliver(again, refused.to, event.id),
    );
  });
};
