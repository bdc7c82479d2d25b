/** Every type, signed by each key under each kind, told to each recipient: what nobody designed is refused, wherever it comes. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { messageTypes } from '../../src/core/protocol/table.ts';
import type { Role } from '../../src/core/vocabulary.ts';
import { bodiesOf } from '../support/bodies.ts';
import { isSlow } from '../support/counts.ts';
import { introduced, relationsOf } from './introductions.ts';
import type { Forged, MessageKit, Name } from './message-kit.ts';

const KEYS: Name[] = ['host', 'runner', 'runner2', 'node', 'node2', 'sibling', 'alice', 'bob', 'mallory'];
const RECIPIENTS: Name[] = ['host', 'runner', 'runner2', 'node', 'node2', 'alice', 'bob'];
type Row = ReturnType<typeof messageTypes>[number][1];
/** A node that is assigned to nobody, and a person whom no graph names. */
const STRANGERS: Name[] = ['sibling', 'mallory'];
const BODIES = 3;

/** Whether one of these roles and places may say it at all; what it says may still be wrong. */
const isDesigned = (kit: MessageKit, row: Row, from: Name, to: Name): boolean => {
  const [mine, theirs] = [kit.who[from].role, kit.who[to].role];
  if (!row.signers.includes(mine) || !row.to.includes(theirs)) return false;
  if (row.admission && to === 'host') return true;
  if (STRANGERS.includes(from)) return false;
  return mine === 'host' || theirs === 'host' || relationsOf(from, to).length > 0;
};

test.runIf(isSlow)('forged and misrouted messages change nothing, at any recipient', async () => {
  const kit = await introduced();
  const lines = () => Object.values(kit.disks).reduce((sum, disk) => sum + disk.lines.length, 0);
  const before = lines();
  const wrong: string[] = [];
  const reasons = new Map<string, number>();
  let tried = 0;
  for (const [type, row] of messageTypes()) {
    const bodies = fc.sample(bodiesOf(type), { numRuns: BODIES, seed: tried });
    for (const from of KEYS) {
      for (const to of RECIPIENTS) {
        if (from === to || isDesigned(kit, row, from, to)) continue;
        for (const role of row.signers as readonly Role[]) {
          for (const body of bodies) {
            tried++;
            const made = await kit.tell({ type, from, to, role, body } as Forged);
            reasons.set(made, (reasons.get(made) ?? 0) + 1);
            if (/^(?:accepted|held|late|nothing)/.test(made))
              wrong.push(`${type} ${from} ${to} ${role} ${made}`);
          }
        }
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(lines()).toBe(before);
  expect(tried).toBeGreaterThan(3_000 * BODIES);
  expect([...reasons.keys()]).toEqual(
    expect.arrayContaining(['kind_of_role', 'unknown_signer', 'wrong_role']),
  );
  console.log(`${tried} messages:`, Object.fromEntries(reasons));
});
